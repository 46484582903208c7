"""KPIs: the dashboard, each in full, rows behind it, own ones, targets."""

from api.pages.kpis import choosing, dashboard, own, page, rows, targets

ROUTERS = (
    dashboard.router,
    choosing.router,
    own.router,  # before what takes any name
    page.router,
    rows.router,
    targets.router,
)
