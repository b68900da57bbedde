"""What a user can set on the `bearertokenauth` extension."""

from __future__ import annotations

import re

from pydantic import Field, SecretStr, model_validator

from otelrum.collector.sections import InputFile, Section

NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2
VALUE = re.compile(r"[\x20-\x7e]*")


class BearerTokenAuthConfig(Section):
    """`scheme: ""` with another `header` makes a plain API key of it."""

    scheme: str = "Bearer"
    header: str = Field(default="Authorization", min_length=1)
    token: SecretStr = SecretStr("")
    tokens: list[SecretStr] = []
    filename: InputFile = ""

    @model_validator(mode="after")
    def _one_token_at_least(self) -> BearerTokenAuthConfig:
        if not (self.filename or self.token.get_secret_value() or self.tokens):
            raise ValueError("one of token, tokens and filename must be there")
        if not all(token.get_secret_value() for token in self.tokens):
            raise ValueError("tokens must not hold an empty one")
        return self

    @model_validator(mode="after")
    def _headers_can_carry_it(self) -> BearerTokenAuthConfig:
        """Else no client could show it, and none of ours would arrive."""
        if not NAME.fullmatch(self.header):
            raise ValueError(f"{self.header!r} is no name of a header (RFC 9110)")
        texts = [self.scheme, *(token.get_secret_value() for token in (self.token, *self.tokens))]
        if not all(VALUE.fullmatch(text) and text == text.strip() for text in texts):
            raise ValueError("scheme and tokens are printable ASCII, without line ends and blanks around them")
        return self
