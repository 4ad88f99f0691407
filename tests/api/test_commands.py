"""The table of commands: one file each, listed by help in both languages."""
import glob
import os
import re
import subprocess

from bangban import PROGRAM, SOURCE


def help_rows(*words):
    text = subprocess.run([PROGRAM, "help", *words], capture_output=True, text=True, check=True).stdout
    return {m[1]: m[0] for m in re.finditer(r"^  (\w+)\b.*\n +(.*)$", text, re.M)}


def test_every_file_of_a_command_is_in_the_table():
    files = {os.path.basename(f)[4:-2] for f in glob.glob(os.path.join(SOURCE, "src", "cli", "cmd_*.c"))}
    assert files == set(help_rows())


def test_help_speaks_both_languages():
    english, chinese = help_rows(), help_rows("zh")
    assert set(english) == set(chinese)
    for name, row in chinese.items():
        assert re.search(r"[\u4e00-\u9fff]", row), name
        assert not re.search(r"[\u4e00-\u9fff]", english[name]), name


def test_an_unknown_command_and_a_missing_option_are_usage_errors():
    assert subprocess.run([PROGRAM, "nothing"], capture_output=True).returncode == 1
    done = subprocess.run([PROGRAM, "serve", "--json"], capture_output=True, text=True)
    assert done.returncode == 1 and '"code":' in done.stderr
