"""tools/embed: what goes in comes out, byte for byte, in the order the search needs."""
import gzip
import hashlib
import os
import subprocess

from bangban import SOURCE

PRINTER = r"""
#include "http/static.h"
#include <stdio.h>
int main(int argc, char **argv)
{
    for (size_t i = 0; argc == 1 && i < asset_count; i++)
        printf("%s %s %zu %zu\n", assets[i].path, assets[i].etag, assets[i].size, assets[i].zipped_size);
    if (argc == 3) {
        const struct asset *a = &assets[argv[1][0] - '0'];
        fwrite(argv[2][0] == 'z' ? a->zipped : a->bytes, 1, argv[2][0] == 'z' ? a->zipped_size : a->size, stdout);
    }
    return 0;
}
"""


def build(folder, work):
    out = work / "assets.c"
    subprocess.run([os.path.join(SOURCE, "tools", "embed"), folder, out, work / "private"], check=True)
    (work / "main.c").write_text(PRINTER)
    subprocess.run(["cc", "-Wall", "-Werror", "-I", os.path.join(SOURCE, "src"), out, work / "main.c", "-o",
                    work / "printer"], check=True)
    return lambda *words: subprocess.run([work / "printer", *words], check=True, capture_output=True).stdout


def test_files_come_back_as_they_were(tmp_path):
    folder, work = tmp_path / "dist", tmp_path / "work"
    (folder / "assets").mkdir(parents=True)
    work.mkdir()
    files = {"index.html": b"<p>" * 1000, "assets/a-1.js": os.urandom(500), "assets-old.txt": b"", "Z.css": b"a{}" * 99}
    for name, data in files.items():
        (folder / name).write_bytes(data)
    show = build(folder, work)
    rows = [line.split(" ") for line in show().decode().splitlines()]
    assert [r[0] for r in rows] == sorted(files)
    for number, (name, etag, size, zipped) in enumerate(rows):
        data = files[name]
        assert etag == hashlib.sha256(data).hexdigest()[:24] and int(size) == len(data)
        assert show(str(number), "p") == data
        if int(zipped):
            assert gzip.decompress(show(str(number), "z")) == data
    assert int(rows[sorted(files).index("index.html")][3]) > 0
    assert int(rows[sorted(files).index("assets/a-1.js")][3]) == 0  # random bytes do not shrink


def test_no_folder_is_an_empty_table(tmp_path):
    assert build(tmp_path / "none", tmp_path)() == b""


def test_nothing_new_leaves_the_table_alone(tmp_path):
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "a.txt").write_text("a")
    build(tmp_path / "dist", tmp_path)
    before = os.stat(tmp_path / "assets.c").st_mtime_ns
    build(tmp_path / "dist", tmp_path)
    assert os.stat(tmp_path / "assets.c").st_mtime_ns == before
    (tmp_path / "dist" / "a.txt").write_text("b")
    build(tmp_path / "dist", tmp_path)
    assert os.stat(tmp_path / "assets.c").st_mtime_ns != before
