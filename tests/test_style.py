"""Code and notebooks read as ruff's rules in pyproject.toml say."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("check", ["check --output-format=concise", "format --diff"])
def test_ruff_finds_nothing(check):
    command = [sys.executable, "-m", "ruff", *check.split(), "--quiet", "."]
    told = {"capture_output": True, "text": True, "encoding": "utf-8"}
    run = subprocess.run(command, cwd=Path(__file__).parents[1], check=False, **told)
    assert run.returncode == 0, f"ruff {check}\n{run.stdout}{run.stderr}"
