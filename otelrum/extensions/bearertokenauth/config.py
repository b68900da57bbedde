"""What a user can set on the `bearertokenauth` extension."""

from __future__ import annotations

from pydantic import Field, SecretStr, model_validator

from otelrum.collector.sections import InputFile, Section


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
