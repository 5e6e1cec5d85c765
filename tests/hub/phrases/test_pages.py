import hashlib
import json

import pytest
from flask import Flask

from circulation.phrase_list import ANSWER_BYTES_MAX, ASKED_MAX, PHRASES, unframed
from hub.phrases.pages import phrase_pages
from hub.phrases.store import PhraseFolder

FILES = [b"one", b"two", b"three"]


def sha256(file):
    return hashlib.sha256(file).hexdigest()


@pytest.fixture
def folder(tmp_path):
    folder = PhraseFolder(tmp_path)
    for number, file in enumerate(FILES):
        folder.put(bytes([number]) * 16, "joe", file, 1)
    yield folder
    folder.close()


@pytest.fixture
def client(folder):
    app = Flask("hub")
    app.register_blueprint(phrase_pages(folder.path, lambda page: page))
    return app.test_client()


def ask(client, *names):
    answer = client.post(PHRASES, data=json.dumps(names))
    assert answer.status_code == 200
    return unframed(answer.data, 100 << 20)


def test_what_is_here_comes_and_what_is_not_is_left_out(client):
    files = ask(client, sha256(b"one"), sha256(b"nobody"), sha256(b"three"))

    assert sorted(files.values()) == [b"one", b"three"]


def test_an_answer_is_of_a_bearable_size_but_never_empty(client, folder):
    big = [bytes([number]) * (ANSWER_BYTES_MAX - 1000) for number in range(2)]
    for number, file in enumerate(big):
        folder.put(bytes([9, number]) * 8, "joe", file, 1)

    first = ask(client, *map(sha256, big))

    assert list(first.values()) == [big[0]]


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[1]", b'["zz"]', b'["abcd"]', json.dumps(["0" * 64] * (ASKED_MAX + 1)).encode(),
     b'["../../index.sqlite"]', b'["' + b"../" * 21 + b'x"]'],
)  # fmt: skip
def test_what_is_no_question_is_refused(client, body):
    assert client.post(PHRASES, data=body).status_code == 400


def test_nothing_is_told_to_whoever_looks_without_asking(client):
    assert client.get(PHRASES).status_code == 405
