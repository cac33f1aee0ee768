"""What is taken for a secret, and what ordinary sentences are left alone."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory.text.secrets import PATTERNS, SecretPattern, secret_kind

_VISA = "4111 1111 " + "1111 1111"
_UUID = "123e4567-e89b-12d3-a456-426614174000"

SECRETS = (
    "my password is hunter2",
    "My Password Is Hunter2!",
    "the password is swordfish",
    "the wifi password is correct horse battery staple",
    "password: swordfish",
    "password:swordfish",
    "Password = hunter2",
    "pw = hunter2",
    "pw: letmein",
    "pwd=abc123",
    "DB_PASSWORD=hunter2",
    "the password for the VPN is hunter2",
    "the password for staging: hunter2",
    "password of bob@example.com is swordfish",
    "the password to use is swordfish",
    "my password is now swordfish",
    "my password is still Tr0ub4dor&3",
    "password is 12345678",
    "password is 123456 for the wifi",
    "*password:* hunter2",
    "**Password**: `hunter2`",
    '{"password": "hunter2"}',
    "password is “swordfish”",
    "Password:\nhunter2",
    "my passphrase is blue elephants dance nightly",
    "passphrase: sesame street",
    "passcode is 482910",
    "password: secret",
    "passwords: hunter2, swordfish1",
    "my password's hunter2",
    "the password’s hunter2",
    "mein Passwort ist geheim123",
    "das WLAN-Passwort lautet Sonnenblume",
    "Kennwort: Sonnenblume7",
    "le mot de passe est soleil42",
    "la contraseña es girasol99",
    "I changed my password to hunter2",
    "set the wifi password to Sommer2024",
    "the password was reset to hunter2x",
    "hunter2 is my password",
    "please use hunter22 = my password",
    "use the password Tr0ub4dor&3 there",
    "my PIN is 1234",
    "PIN: 4711",
    "the pin code for my card is 0815",
    "the door code is 4711#",
    "CVV: 123",
    "1234 is my PIN",
    "my secret is k3y-0f-d00r",
    "client secret = swordfishes",
    "the api key is abc123def456",
    "api_key: 8f14e45fceea167a5a36",
    "apikey=abcd1234efgh",
    "API-Key: swordfishes",
    "token: 8f14e45fceea167a5a36",
    "the token for CI is abc123def456ghi",
    "access key: ABCD1234EFGH",
    "pass: hunter2",
    _VISA,
    "my card is " + _VISA.replace(" ", "-") + " exp 12/27",
    "card " + _VISA.replace(" ", ""),
    "12 " + _VISA,
    "amex 3782 822463 " + "10005",
    "mastercard 5555555555" + "554444",
    "IBAN: DE89 3704 0044 " + "0532 0130 00, thanks",
    "gb29nwbk6016" + "1331926819",
    "https://bob:hunter2@example.com/x",
    "redis://:hunter2@cache:6379/0",
    "curl -H 'Authorization: Bearer abcd1234efgh5678'",
    "bearer abcd1234efgh5678",
    "my social security number is 078-05-" + "1120",
)

HARMLESS = (
    "",
    "rotate passwords every 90 days",
    "the password policy is strict",
    "password is required for the VPN",
    "the password is stored in the vault",
    "the password is kept in 1Password",
    "my password is expired",
    "the password is correct",
    "the password is correct but the login fails",
    "the password is wrong, ask Bob",
    "the password is in the safe",
    "the password is not shared with anyone",
    "the password is at least 12 characters long",
    "a password is 12 characters",
    "the password is 100 characters long",
    "the password is case-sensitive",
    "the password is strong and long enough",
    "the password is changing every month",
    "the password is automatically rotated",
    "the password for the VPN is required",
    "the password for the wifi is on the fridge",
    "the password is the same as last year",
    "password: see 1Password",
    "password: required",
    "passwords: never reuse them",
    "password: <password>",
    "password=$DB_PASSWORD",
    "password: ********",
    "password = getpass.getpass()",
    "def login(user: str, password: str) -> None",
    "what is the password?",
    "I forgot my password",
    "change your password to something longer",
    "reset the password tomorrow",
    "1Password is our password manager",
    "this is the password policy",
    "das Passwort ist abgelaufen",
    "Passwort ist erforderlich",
    "the PIN is in the drawer",
    "pin is required",
    "the pin is 12 mm long",
    "the error code is 4041 and the zip code is 90210",
    "pin the message, then unpin: m7",
    "the token is expired",
    "token budget is 500 tokens",
    "the token budget: 500",
    "max token: 4096",
    "api key: see the vault",
    "the api key is stored in the vault",
    "the secret is patience",
    "the password is 8-12 characters long",
    "password: 12+ characters",
    "a password is 16-character",
    "password: :white_check_mark: set",
    "the password is secret",
    "the password is trivial to guess",
    "the password's length is limited",
    "use long passwords everywhere: humans",
    "the secret to good coffee is patience",
    "the secret is to ask early",
    "key: value",
    "the key is to ask early",
    "I use AWS",
    "I like sk-learn",
    "sk-learn-contrib-lightning-package is a fork",
    "we pass: 12 and fail: 3",
    "passwordless: yes",
    _UUID,
    "the request id is " + _UUID,
    "commit 8f14e45fceea167a5a36dedd4bea2543d1e2f3a4",
    "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "2026-11-21T02:43:18.123456+00:00",
    "20261121024318",
    "the timestamp is 1732156998123",
    "ts 1732156998.123456",
    "call me at +49 151 2345 6789",
    "+1 (415) 555-2671 or 0800 123 4567",
    "order number 4111 1111 1111 1112",
    "order 100-2000-3000",
    "id 41111111111111111111111",
    "dGhpcyBpcw== is base64",
    "http://localhost:8080/path?x=1",
    "https://example.com:443/a/b:c@d",
    "mail bob@example.com or a.b+c@example.co.uk",
    "git clone git@github.com:owner/repo.git",
    "ratio 16:9 @ 60Hz",
    "DE89 is a model number",
    "DE89 3704 0044 0532 0130 01 has a typing error",
    "send Authorization: Bearer <token>",
    "we use bearer authentication",
    "the SSN field is required",
    "version 1.2.3, build 20260101",
    "I prefer tabs over spaces: always",
    "remember to rotate the signing key in Q3",
)

ADVERSARIAL = (
    "a:" * 50_000,
    "1" * 100_000,
    "4444 " * 20_000,
    "DE89 " * 20_000,
    "password is " * 8_400,
    "password for " * 7_700,
    "pw: a " * 16_000,
    "token is " * 11_000,
    ("password is " + "a" * 150 + "\n") * 600,
    " is my password" * 6_600,
    "://a:b" * 16_000,
    "eyJ" * 33_000,
    "eyJaaaaaaaa." * 8_300,
    "xoxb-" * 20_000,
    "sk-" * 33_000,
    "secret_key=" * 9_000,
    "authorization: bearer " * 4_500,
    "\u0315\u0300" * 50_000,
    "\ufdfa" * 33_000,
    " " * 100_000,
    "\n" * 100_000,
)


@pytest.mark.parametrize("row", PATTERNS, ids=lambda row: row.kind)
def test_each_pattern_knows_its_example_and_leaves_its_near_miss_alone(row: SecretPattern) -> None:
    assert secret_kind(row.example) == row.kind
    assert secret_kind(row.harmless) is None


@pytest.mark.parametrize("text", SECRETS)
def test_a_secret_is_seen(text: str) -> None:
    assert secret_kind(text) is not None


@pytest.mark.parametrize("text", HARMLESS)
def test_an_ordinary_sentence_is_left_alone(text: str) -> None:
    assert secret_kind(text) is None


def test_the_lists_are_long_enough_to_mean_something() -> None:
    assert len(set(SECRETS)) >= 60
    assert len(set(HARMLESS)) >= 60


@pytest.mark.parametrize("text", ADVERSARIAL, ids=lambda text: repr(text[:14]))
def test_a_hostile_text_of_100_kb_takes_a_moment_only(text: str) -> None:
    started = time.process_time()
    secret_kind(text)
    assert time.process_time() - started < 1  # about 0.1 s; quadratic work would take minutes


@settings(deadline=None)
@given(st.text())
def test_any_text_is_answered(text: str) -> None:
    assert secret_kind(text) is None or isinstance(secret_kind(text), str)


@settings(deadline=None)
@given(st.text(), st.sampled_from(PATTERNS), st.text())
def test_a_secret_on_a_line_of_any_text_is_found(before: str, row: SecretPattern, after: str) -> None:
    assert secret_kind(f"{before}\n{row.example}\n{after}") is not None


@settings(deadline=None)
@given(st.sampled_from(PATTERNS), st.data())
def test_full_width_letters_and_invisible_characters_hide_nothing(row: SecretPattern, data: st.DataObject) -> None:
    disguised = ""
    for char in row.example:
        wide = char.isalnum() and char.isascii() and data.draw(st.booleans())
        disguised += chr(ord(char) + 0xFEE0) if wide else char
        disguised += data.draw(st.sampled_from(("", "", "\u200b", "\u2060", "\u00ad", "\u0336", "\x00")))
    assert secret_kind(disguised) == row.kind


def test_smart_dashes_hide_nothing() -> None:
    assert secret_kind("card 4111–1111–1111–" + "1111") == "a payment card number"
