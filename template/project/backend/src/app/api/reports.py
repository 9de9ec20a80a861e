"""Reports: a request leaves a job behind, and is answered at once."""

from __future__ import annotations

import uuid

from flask.views import MethodView
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate
from sqlalchemy import select

from app.api.authentication import current_user, needs_login
from app.api.refusal import NOT_FOUND, refuse
from app.database import session
from app.jobs import outbox
from app.models import Report

blueprint = Blueprint("reports", __name__, url_prefix="/api/reports", description="Reports, written by the worker")
TASK = "app.jobs.tasks.write_report"
MOST = 100


class ReportSchema(Schema):
    """A report, and how far the worker is with it."""

    id = fields.UUID(dump_only=True)
    title = fields.String(required=True, validate=validate.Length(1, 200))
    state = fields.String(dump_only=True, metadata={"enum": ["queued", "running", "done"]})
    progress_percent = fields.Integer(dump_only=True)
    text = fields.String(dump_only=True)
    created_at = fields.AwareDateTime(dump_only=True)


@blueprint.route("")
class Reports(MethodView):
    """The reports of who is asking."""

    @needs_login
    @blueprint.arguments(ReportSchema)
    @blueprint.response(202, ReportSchema)
    def post(self, given: dict[str, str]) -> Report:
        """Ask for a report."""
        with session() as opened:
            report = Report(user_id=current_user().id, title=given["title"])
            opened.add(report)
            opened.flush()
            message = outbox.put(opened, TASK, report.id)
        outbox.send([message])
        return report

    @needs_login
    @blueprint.response(200, ReportSchema(many=True))
    def get(self) -> list[Report]:
        """List the newest 100."""
        own = select(Report).where(Report.user_id == current_user().id)
        with session() as opened:
            return list(opened.scalars(own.order_by(Report.created_at.desc()).limit(MOST)))


@blueprint.route("/<uuid:report_id>")
class OneReport(MethodView):
    """A report of who is asking."""

    @needs_login
    @blueprint.response(200, ReportSchema)
    @blueprint.alt_response(NOT_FOUND, description="You have no such report")
    def get(self, report_id: uuid.UUID) -> Report:
        """Return it."""
        with session() as opened:
            report = opened.get(Report, report_id)
        if report is None or report.user_id != current_user().id:
            refuse(NOT_FOUND, "You have no such report.")
        return report
