"""What runs inside the jail, and the language in which both sides talk; nothing here is secret.

`inside.py` and `wire.py` are the only files of the repository that student code can see. They use
the standard library, NumPy, PyTorch and IPython alone.
"""
