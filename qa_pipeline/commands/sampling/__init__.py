"""`qa-pipeline sampling`: plans checked, draws made and looked at, and calibration sessions opened."""
