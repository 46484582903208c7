"""Figures for Prometheus, and alerts for admins."""

import hmac

from fastapi import Request, Response
from pydantic import Field
from starlette.exceptions import HTTPException

from api.dependencies import AdminDep, SessionDep, SettingsDep
from api.metrics import CONTENT_TYPE, exposition
from api.operation import look
from api.routing import open_router, signed_router
from api.views import View
from models.alerts import AlertCode, Severity

router = signed_router("alerts")
door = open_router("metrics")


class AlertView(View):
    """Something an admin should look at."""

    code: AlertCode
    severity: Severity
    place: str = Field(description="The page that says more.")
    params: dict[str, str | int | float]


@router.get("/alerts")
def list_alerts(session: SessionDep, settings: SettingsDep, _admin: AdminDep) -> list[AlertView]:
    """What to look at, the worst first."""
    _state, alerts, _room = look(session, settings)
    return [AlertView.model_validate(one) for one in alerts]


@door.get("/metrics", response_class=Response)
def tell_metrics(request: Request, session: SessionDep, settings: SettingsDep) -> Response:
    """Figures for Prometheus, for whoever shows `TALKTRACK_METRICS_TOKEN`."""
    if settings.metrics_token is None:
        raise HTTPException(404, "there are no metrics here; set TALKTRACK_METRICS_TOKEN")
    shown = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    if not hmac.compare_digest(shown.encode(), settings.metrics_token.get_secret_value().encode()):
        raise HTTPException(401, "show the token of TALKTRACK_METRICS_TOKEN as a bearer")
    return Response(exposition(*look(session, settings)), media_type=CONTENT_TYPE)
