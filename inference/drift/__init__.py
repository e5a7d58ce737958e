"""Whether what a camera sees of people is still what it used to see. Pure."""
