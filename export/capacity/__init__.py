"""What a number of cameras needs: calculated, simulated, and said in plain words."""
