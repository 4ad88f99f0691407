"""One box: by character, sound, initials, number, reference; nothing from a foreign area."""
import time
import uuid

import pytest

import bangban
from test_cases import demo, document, send, staff  # noqa: F401 (demo is a fixture)

NAME, FOREIGN = "单雄信", "单雄忠"
ID = "000000195208150028"


def search(client, q, expect=200, **more):
    return client.post("/v1/search", {"q": q, **more}, expect=expect).json


def refs(answer):
    return [i["ref"] for i in answer["items"] if i["kind"] == "case"]


def wait_for(client, q, ref):
    """The words follow after the commit."""
    for _ in range(100):
        answer = search(client, q)
        if ref in refs(answer):
            return answer
        time.sleep(0.1)
    raise AssertionError((q, answer))


def pages(client, q):
    """All that is found, page by page."""
    seen, following = [], {}
    for _ in range(100):
        answer = search(client, q, **following)
        assert len(answer["items"]) <= 20
        seen += [i.get("id") or i["ref"] for i in answer["items"]]
        if not answer["next"]:
            return seen
        following = {"next": answer["next"]}
    raise AssertionError((q, "does not end"))


def wait_for_residents(client):
    """The two thousand of the demo: until no more come."""
    before = []
    for _ in range(100):
        now = pages(client, "冬")
        if len(now) > 40 and now == before:
            return
        before = now
        time.sleep(0.7)
    raise AssertionError("the residents do not come")


@pytest.fixture(scope="module")
def filed(demo):  # noqa: F811
    a, _ = send(demo.client(), name=NAME, village="000000100200")
    assert a.status == 201, a
    b, _ = send(demo.client(), name=FOREIGN, village="000000100201", phone="000-7654321")
    assert b.status == 201, b
    clerk = staff(demo, "window")
    wait_for(clerk, NAME, a.json["ref"])
    wait_for(clerk, FOREIGN, b.json["ref"])
    wait_for_residents(clerk)
    return clerk, a.json["ref"], b.json["ref"]


@pytest.mark.parametrize("q", ["单", "雄信", NAME, "sxx", "dxx", "shanxx", "shanxiongxin",
                               "ShanXiongXi", "xx", "信"])
def test_finds_a_name(filed, q):
    clerk, ref, _ = filed
    answer = search(clerk, q)
    found = [i for i in answer["items"] if i.get("ref") == ref]
    assert found and found[0]["name"] == NAME, (q, answer)
    assert found[0]["name_spans"]
    assert ID not in str(answer)


def test_says_where(filed):
    clerk, ref, _ = filed
    found = [i for i in search(clerk, "xiongx")["items"] if i.get("ref") == ref]
    assert found[0]["name_spans"] == [[1, 2]]


@pytest.mark.parametrize("shorten", [lambda r: r, lambda r: r.replace("-", ""), lambda r: r[7:],
                                     lambda r: r[7:11]])
def test_finds_a_reference(filed, shorten):
    clerk, ref, _ = filed
    assert ref in refs(search(clerk, shorten(ref)))


def test_finds_by_whole_numbers_first_and_writes_down_who_looked(filed):
    clerk, ref, other = filed
    answer = search(clerk, ID)
    assert ref in refs(answer) and all(i["is_exact"] for i in answer["items"])
    assert ID not in str(answer)
    assert refs(search(clerk, "000-7654321")) == [other]
    assert ref in refs(search(clerk, ID[-4:]))
    assert search(clerk, ID[:-1])["items"] == []


def test_finds_people_and_services(filed):
    clerk, _, _ = filed
    answer = search(clerk, "canjiren")
    assert [s["code"] for s in answer["services"]] == ["disability_subsidy"], answer
    people = [i for i in search(clerk, "张")["items"] if i["kind"] == "entity"]
    assert people and all("张" in p["name"] for p in people)
    assert all("*" in p["id_masked"] for p in people if p["id_masked"])


def test_a_page_goes_on_where_the_last_one_ended(filed):
    clerk, _, _ = filed
    seen = pages(clerk, "冬")
    assert len(seen) > 40 and len(seen) == len(set(seen))
    by_sound = pages(clerk, "dong")
    assert len(by_sound) == len(set(by_sound)) and set(seen) <= set(by_sound)
    assert search(clerk, "冬", next="9.x", expect=422)["error"]["code"] == "search.next"


def test_a_foreign_area_is_not_found(demo, filed):  # noqa: F811
    _, ref, other = filed
    helper = demo.add_person(f"h{uuid.uuid4().hex[:6]}", "helper", unit="fwzx", area="000000100200")
    assert ref in refs(search(helper, "单"))
    for q in (FOREIGN, "单", other, "000-7654321", "sxz", other[7:11]):
        answer = search(helper, q)
        assert other not in refs(answer) and FOREIGN not in str(answer), (q, answer)
    assert all(i["kind"] == "case" for i in search(helper, "张")["items"])  # no right to registries


def test_needs_words_and_somebody_signed_in(demo, filed):  # noqa: F811
    clerk, _, _ = filed
    assert search(clerk, " ", expect=422)["error"]["code"] == "search.empty"
    assert demo.client().post("/v1/search", {"q": "单"}).status == 401


def test_rebuild_gives_the_same_words(demo, filed):  # noqa: F811
    clerk, ref, _ = filed
    before = search(clerk, "shanx")
    demo.run("rebuild")
    assert search(staff(demo, "window"), "shanx") == before
