"""Examples of bodies and answers, by topic."""
