"""Slack's tokens at rest: encrypted by the newest key, read by any of them (Fernet). Pure."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from memory.errors import StorageFailed

MAKE_ONE = "python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"


class TokensUnreadable(StorageFailed):
    """TOKEN_ENCRYPTION_KEY does not open the tokens in the database: add the key that they were encrypted with."""


def read_keys(text: str) -> tuple[str, ...]:
    """Read keys, the newest first, between commas, spaces or lines. Raises ValueError, which holds none of them."""
    keys = tuple(text.replace(",", " ").split())
    try:
        for key in keys:
            Fernet(key)
    except ValueError:
        raise ValueError(f"must hold Fernet keys, the newest first; make one with: {MAKE_ONE}") from None
    return keys


class TokenCipher:
    """Encrypts with the newest of the keys. Its `repr` shows none of them."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._newest = Fernet(keys[0])
        self._all = MultiFernet([Fernet(key) for key in keys])

    def encrypted(self, token: str) -> str:
        return self._all.encrypt(token.encode()).decode()

    def decrypted(self, stored: str) -> str:
        """Raises TokensUnreadable when none of the keys fits."""
        try:
            return self._all.decrypt(stored).decode()
        except InvalidToken:
            raise TokensUnreadable from None

    def renewed(self, stored: str) -> str:
        """The same token encrypted by the newest key; as it is when it was already. Raises TokensUnreadable."""
        try:
            self._newest.decrypt(stored)
        except InvalidToken:
            return self.encrypted(self.decrypted(stored))
        return stored
