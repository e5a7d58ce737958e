"""What a frame shows of people besides joints: falling, running, striking. Pure."""
