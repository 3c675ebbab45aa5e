# `make demo` and `make test` set up what they need first; a second run skips the installing.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help setup build test format demo lab constraints clean

help:
	@echo "make demo    grade a made class, from text to feedback"
	@echo "make test    check the style and run all tests"
	@echo "make build   make source/ and release/ from assignments/"
	@echo "make lab     open JupyterLab here (formgrader is in its menu);"
	@echo "             with VIEW=student on a copy of release/, as students see it"
	@echo "make format  format the Python code and the texts"

setup: .venv/ready

# Without ensurepip, which Debian packs apart: the system's pip installs pip into the environment.
.venv/ready: requirements.txt constraints.txt pyproject.toml
	$(PYTHON) -m venv --without-pip --clear .venv
	$(PYTHON) -m pip --python $(BIN)/python install --quiet "pip>=25.1"
	$(BIN)/python -m pip install --quiet -r requirements.txt --group dev -c constraints.txt
	@command -v bwrap > /dev/null \
	|| { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq bubblewrap; } \
	|| echo "Missing: bubblewrap, the jail of student code (Debian, Ubuntu: apt install bubblewrap)."
	@command -v chromium > /dev/null || command -v google-chrome > /dev/null \
	|| { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq chromium; } \
	|| echo "Missing: Chromium, for the tests in a browser (Debian: apt install chromium)."
	touch $@

build: setup
	$(BIN)/python -m autograder build

test: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/python -m pytest

format: setup
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

demo: setup
	$(BIN)/python -m autograder demo

lab: setup
ifeq ($(VIEW),student)
	mkdir -p build/student && cp -Rn release/. build/student
	cd build/student && ../../$(BIN)/jupyter lab
else
	$(BIN)/jupyter lab
endif

constraints: # the newest packages that fit the lower bounds, all installed at once
	$(PYTHON) -m venv --without-pip --clear .venv
	$(PYTHON) -m pip --python $(BIN)/python install --quiet "pip>=25.1"
	$(BIN)/python -m pip install --quiet -r requirements.txt --group dev
	echo "# Exact versions for grading and CI, installed together: make constraints." > constraints.txt
	$(BIN)/python -m pip freeze >> constraints.txt
	touch .venv/ready

clean:
	rm -rf build .pytest_cache .ruff_cache .hypothesis
