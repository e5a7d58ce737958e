"""What operators change while a site runs: snoozes, arming, calibrations, models."""
