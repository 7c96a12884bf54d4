"""Every setting, read once from the environment or `.env`; a test holds the README's table to this list."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from dotenv import dotenv_values
from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

CHECKOUT = Path(__file__).resolve().parent.parent

Secret = SecretStr | None


class Settings(BaseSettings):
    """All settings. Each has a default that works on one machine, without a network."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore")

    # where
    host: str = Field("127.0.0.1", description="address that the public listener binds")
    port: int = Field(
        8000, description="public port; PORT+1 and PORT+2 are the inner listener and the engine"
    )
    base_url: str | None = Field(
        None, description="public address, such as https://help.example.com, for links"
    )
    data_dir: Path = Field(CHECKOUT / "var", description="database, indexes, models, files and secrets")
    cache_dir: Path = Field(
        CHECKOUT / "var" / "cache",
        description="vectors of known texts and encoders; may be shared, can be deleted",
    )
    database_url: str | None = Field(None, description="SQLAlchemy address; SQLite in DATA_DIR by default")

    # the company
    company_dir: Path | None = Field(None, description="a folder made by `firstline init`")
    articles_dir: Path = Field(CHECKOUT / "knowledge" / "articles", description="the articles")
    nlu_dir: Path = Field(CHECKOUT / "data" / "nlu", description="training examples of the intents")
    golden_dir: Path = Field(CHECKOUT / "golden", description="frozen test examples")
    company_name: str = Field("Lumen & Oak", description="shown on pages and in mails")
    company_colour: str = Field("#0f766e", description="accent colour of the widget and the help pages")
    languages: Annotated[list[str], NoDecode] = Field(
        ["en", "zh"], description="comma-separated, first is default"
    )

    # who may talk to it
    allowed_origins: Annotated[list[str], NoDecode] = Field([], description="sites that may embed the widget")
    trusted_proxies: Annotated[list[str], NoDecode] = Field(
        [], description="addresses whose X-Forwarded-For counts"
    )
    messages_per_minute: int = Field(60, description="limit of one conversation")
    messages_per_minute_address: int = Field(600, description="limit of one address")
    upload_max_bytes: int = Field(10_000_000, description="largest file a customer or an agent may send")

    # the desk
    office_hours: str = Field(
        "always", description='such as "Mon-Fri 09:00-17:00" in TIME_ZONE; several with ";"'
    )
    time_zone: str = Field("UTC", description="IANA name, for office hours and shown times")
    handoff_wait_minutes: float = Field(
        15.0, description="how long a hand-off waits before it becomes a ticket"
    )
    handoff_reminder_minutes: float = Field(
        5.0, ge=0, description="how often the team is reminded of somebody who waits; 0: never"
    )
    summary_at: str = Field(
        "09:00", description="when the team is told of the day before, in TIME_ZONE; off: never"
    )
    ticket_overdue_hours: float = Field(
        24.0, gt=0, description="how long a new or open ticket may rest until it is overdue"
    )
    team_email: str | None = Field(None, description="where the team is told that a hand-off waits")
    smtp_url: Secret = Field(None, description="smtp://user:password@host:port (smtps:// or ?starttls=1)")
    mail_from: str = Field("help@lumen-oak.example", description="sender of mails")

    # channels
    telegram_bot_token: Secret = Field(None, description="from @BotFather; no Telegram without it")
    telegram_api_url: str = Field(
        "https://api.telegram.org", description="the Bot API; `firstline dev telegram` serves one to try"
    )
    slack_bot_token: Secret = Field(None, description="xoxb-…; no Slack without it")
    slack_app_token: Secret = Field(None, description="xapp-…; Socket Mode")
    slack_signing_secret: Secret = Field(None, description="checks Slack's HTTP requests")
    slack_team_channel: str | None = Field(None, description="id of the team's channel for hand-offs, C0…")
    slack_api_url: str = Field(
        "https://slack.com/api/", description="the Web API; `firstline dev slack` serves one to try"
    )
    undo_seconds: float = Field(3.0, description="how long a colleague's message in Slack can be taken back")

    # answering
    encoder: str = Field(
        "minilm",
        description="sentence encoder for all but Chinese, Japanese, Korean: minilm, e5, minilm+e5, a path",
    )
    encoder_cjk: str = Field("e5", description="sentence encoder for Chinese, Japanese, Korean: name or path")
    second_look: bool = Field(
        True, description="in a base of up to 2,000 articles, ask e5 too where MiniLM alone is not sure"
    )
    answer_error_rate: float = Field(0.05, description="largest share of wrong answers aimed at")
    engine_seconds: float = Field(20.0, description="how long the engine may take for one message")

    # learning
    golden_share: float = Field(
        0.1, ge=0, le=1, description="share of texts drawn at random for the golden set, never trained on"
    )
    retrain_every_days: float = Field(0.0, description="how often a candidate is trained by itself; 0: never")
    rollback_hours: float = Field(24.0, description="how long a promoted model is watched")
    rollback_rise: float = Field(
        0.1, description="by how much failures or hand-offs may rise before the model is rolled back"
    )
    replay_days: float = Field(30.0, description="how long what logged answers name is kept for replays")
    replay_max_bytes: int = Field(
        2_000_000_000,
        description="how much disk the kept models may take, and the kept indexes as much again",
    )

    # running
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR")
    secret_key: Secret = Field(None, description="signs links; generated at the first start")
    engine_token: Secret = Field(None, description="shared with the engine; generated at the first start")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the environment first, then `.env`, then the company's own settings.env."""
        company = os.environ.get("COMPANY_DIR")
        own = DotEnvSettingsSource(settings_cls, Path(company) / "settings.env", "utf-8") if company else None
        return (init_settings, env_settings, dotenv_settings, *((own,) if own else ()))

    @model_validator(mode="before")
    @classmethod
    def read_secret_files(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Take `X_FILE` as the path of a file that holds X."""
        for name, field in cls.model_fields.items():
            path = os.environ.get(f"{name.upper()}_FILE")
            if path and field.annotation == Secret and name not in values:
                values[name] = Path(path).read_text("utf-8").strip()
        return values

    @model_validator(mode="before")
    @classmethod
    def move_into_company(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Let a company's folder stand for articles, intents, golden set and data, unless they are set."""
        if company := values.get("company_dir"):
            inside = {"articles_dir": "articles", "nlu_dir": "nlu", "golden_dir": "golden", "data_dir": "var"}
            for name, folder in inside.items():
                values.setdefault(name, Path(company) / folder)
        return values

    @field_validator("languages", "allowed_origins", "trusted_proxies", mode="before")
    @classmethod
    def split_commas(cls, value: object) -> object:
        """Read `a, b` as ["a", "b"]."""
        return (
            [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value
        )

    def named(self, name: str) -> str | None:
        """Return a setting by its name; one that only its channel knows comes from the same places."""
        if name.lower() in type(self).model_fields:
            value = getattr(self, name.lower())
            value = value.get_secret_value() if isinstance(value, SecretStr) else value
            return None if value is None else str(value)
        if path := os.environ.get(f"{name}_FILE"):
            return Path(path).read_text("utf-8").strip()
        company = [self.company_dir / "settings.env"] if self.company_dir else []
        known: list[Mapping[str, str | None]] = [os.environ]
        known += [dotenv_values(file) for file in (Path(".env"), *company)]
        return next((found[name] for found in known if found.get(name)), None)
