"""Examples of what people, keys, sessions and the audit log are asked and answered in."""

from collections.abc import Mapping

from service.access.ports import AuditItem
from service.api.description import Shape
from service.api.examples.given import AT
from service.api.shapes.access import (
    AuditPage,
    KeyBody,
    KeyInfo,
    NewKey,
    PasswordBody,
    SessionInfo,
    SetupBody,
    SetupState,
    SignInBody,
    UserBody,
    UserChangeBody,
    UserInfo,
)

_PASSWORD = "seven green doors, one open"  # noqa: S105 -- an example
_USER = UserInfo(
    name="anna",
    role="operator",
    cameras=["gate", "yard"],
    created_at=AT,
    password_at=AT,
    sessions=1,
)
ACCESS_EXAMPLES: Mapping[Shape, object] = {
    SignInBody: SignInBody(name="anna", password=_PASSWORD),
    SetupBody: SetupBody(name="anna", password=_PASSWORD),
    SetupState: SetupState(needed=True, token_needed=False),
    PasswordBody: PasswordBody(old=_PASSWORD, new="nine blue windows, two shut"),
    SessionInfo: SessionInfo(
        name="anna",
        role="operator",
        cameras=["gate", "yard"],
        kind="user",
        csrf_token="2nKx0R3d8oWQ4b0m9l5c7uYzq1e6tTfHsVgJiBpAaNk",  # noqa: S106 -- an example
        expires_at=AT + 86_400,
    ),
    UserBody: UserBody(name="anna", role="operator", password=_PASSWORD, cameras=["gate", "yard"]),
    UserChangeBody: UserChangeBody(role="viewer"),
    UserInfo: _USER,
    list[UserInfo]: [_USER],
    KeyBody: KeyBody(name="frigate", role="viewer", expires_at=AT + 31_536_000),
    NewKey: NewKey(id="5f3a9c1e", key="pw_9Jd0cYxq4wVn7pTzKe2sLhB5mRgAuF8iXoQ1tDyWvUk"),
    list[KeyInfo]: [
        KeyInfo(
            id="5f3a9c1e",
            name="frigate",
            role="viewer",
            cameras=None,
            created_at=AT,
            created_by="anna",
            expires_at=AT + 31_536_000,
            expired=False,
        )
    ],
    AuditPage: AuditPage(
        entries=[
            AuditItem(
                id=12,
                at=AT,
                author="anna",
                origin="192.0.2.7",
                action="user.change",
                before={"name": "ben", "role": "operator"},
                after={"name": "ben", "role": "viewer"},
            )
        ],
        next="WzE3OTYwMDAwMDAuMCwiMTIiXQ==",
    ),
}
