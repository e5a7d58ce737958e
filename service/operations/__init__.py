"""What operators change while a site runs."""
