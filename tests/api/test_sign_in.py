"""A1, C2, C4: guessing passwords, fixed and stale sessions."""
import bangban


def test_A1_the_sixth_wrong_password_locks(own_town):
    t = own_town()
    t.add_person("clerk1", "clerk")
    other = t.add_person("clerk2", "clerk")
    c = t.client()
    for _ in range(5):
        assert c.sign_in("clerk1", "wrong", expect=401).code == "sign_in.wrong"
    locked = c.sign_in("clerk1", "wrong", expect=429)
    assert locked.code == "sign_in.locked" and int(locked.headers["Retry-After"]) > 0
    c.sign_in("clerk1", bangban.PASSWORD, expect=429)  # the right one, too
    other.get("/v1/session", expect=200)
    t.client().sign_in("clerk2", bangban.PASSWORD, expect=200)
    t.stop()
    t.start()
    t.client().sign_in("clerk1", bangban.PASSWORD, expect=429)  # survives a restart


def test_an_unknown_name_is_not_told_apart(town):
    unknown = town.client().sign_in("nobody", "wrong", expect=401)
    known = town.client().sign_in("admin", "wrong", expect=401)
    assert unknown.body == known.body


def test_C2_a_session_cannot_be_planted(town):
    c = town.client()
    c.cookie = "bb=" + "A" * 43
    answer = c.sign_in("admin", town.admin_password)
    assert "A" * 43 not in answer.headers["Set-Cookie"]
    assert town.client(headers={"Cookie": "bb=" + "A" * 43}).get("/v1/session").json["signed_in"] is False


def test_C4_a_session_ends_when_it_is_ended(own_town):
    t = own_town()
    c = t.add_person("clerk1", "clerk")
    old = c.cookie
    assert c.get("/v1/session").json["signed_in"]
    c.delete("/v1/session", expect=200)
    again = t.client(headers={"Cookie": old})
    assert not again.get("/v1/session").json["signed_in"]
    # A new password ends all others of the same person.
    one, two = t.client(), t.client()
    one.sign_in("clerk1", bangban.PASSWORD)
    two.sign_in("clerk1", bangban.PASSWORD)
    one.post("/v1/session/password", {"old": bangban.PASSWORD, "new": bangban.PASSWORD + "2"}, expect=200)
    assert not two.get("/v1/session").json["signed_in"]


def test_M1_an_unknown_member_is_refused(town):
    answer = town.client().post("/v1/session", {"name": "a", "password": "b", "role": "admin"})
    assert answer.status == 400 and answer.code == "json.unknown_member"


def test_A1_an_invented_name_locks_like_a_real_one(own_town):
    t = own_town()
    t.add_person("clerk1", "clerk")
    c = t.client()
    real = [c.sign_in("clerk1", "wrong", expect=None) for _ in range(7)]
    invented = [c.sign_in("clerk9", "wrong", expect=None) for _ in range(7)]
    assert [a.status for a in real] == [401] * 5 + [429] * 2
    for one, other in zip(real, invented):
        assert (one.status, one.body) == (other.status, other.body)
        assert one.headers["Retry-After"] == other.headers["Retry-After"]
    t.stop()
    t.start()
    assert t.client().sign_in("clerk9", "wrong", expect=429).code == "sign_in.locked"


def test_A1_many_names_from_one_client_are_refused(own_town):
    t = own_town()
    clerk = t.add_person("clerk1", "clerk")
    c = t.client()
    answers = [c.sign_in(f"name{i}", "wrong", expect=None) for i in range(52)]
    assert [a.status for a in answers[:50]] == [401] * 50
    assert [a.code for a in answers[50:]] == ["sign_in.many"] * 2
    assert answers[50].status == 429 and int(answers[50].headers["Retry-After"]) > 0
    clerk.get("/v1/session", expect=200)  # who is signed in works on
