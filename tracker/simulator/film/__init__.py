"""Pictures of a made-up person that detectors and pose networks take for a real one."""
