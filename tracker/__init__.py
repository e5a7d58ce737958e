"""Find and follow people: from camera frames to poses, tracks and windows of samples."""
