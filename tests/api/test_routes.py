"""The table of routes is reviewed: docs/routes.txt is what the program prints."""
import json
import os
import subprocess

from bangban import PROGRAM, SOURCE


def test_docs_routes_txt_is_the_table():
    printed = subprocess.run([PROGRAM, "routes"], capture_output=True, text=True, check=True).stdout
    path = os.path.join(SOURCE, "docs", "routes.txt")
    if os.environ.get("BANGBAN_ACCEPT"):
        with open(path, "w", encoding="utf-8") as f:
            f.write(printed)
    with open(path, encoding="utf-8") as f:
        assert f.read() == printed, "run BANGBAN_ACCEPT=1 tests/api/run test_routes.py and review the difference"


def test_every_route_declares_a_right():
    text = subprocess.run([PROGRAM, "routes", "--json"], capture_output=True, text=True, check=True).stdout
    rows = json.loads(text)
    assert len(rows) > 10
    for row in rows:
        assert row["right"] and row["summary"], row
        if row["method"] in ("GET", "HEAD"):
            assert row["body"] == "-", row


def test_a_right_is_asked_before_anything_else(town):
    """Every address with a right of staff says 401 to a stranger, whatever stands in it."""
    text = subprocess.run([PROGRAM, "routes", "--json"], capture_output=True, text=True, check=True).stdout
    c = town.client()
    kinds = {"json": "application/json", "multipart": "multipart/form-data; boundary=B", "xml": "text/xml"}
    for row in json.loads(text):
        if row["right"] == "public" or "/key/" in row["pattern"]:
            continue
        path = "/".join("0" + s[s.find("."):] * ("." in s) if s.startswith(":") else s
                        for s in row["pattern"].split("/"))
        headers = {"Content-Type": kinds[row["body"]]} if row["body"] in kinds else {}
        body = {"json": b"{}", "multipart": b"--B--\r\n"}.get(row["body"])
        assert c.ask(row["method"], path, body, headers).status == 401, (row, path)
