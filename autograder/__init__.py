"""Build, grade and report the problem sets of this course."""

import sys

# Where this package is installed (jupyter_server brings it), jsonschema compiles a grammar of web
# addresses when nbformat imports it, which takes over a second. Notebooks need no such check.
sys.modules.setdefault("rfc3987_syntax", None)
