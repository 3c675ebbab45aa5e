"""Build, grade and report the problem sets of this course."""
