"""What the tests stand on: real servers, a running site, a camera under test, made-up people."""
