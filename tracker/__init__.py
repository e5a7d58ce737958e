"""PEOPLE. Who is where, frame by frame: cameras, poses, tracks, windows."""
