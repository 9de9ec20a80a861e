"""The data, without Flask. A new model is imported here, or migrations do not see it."""

from app.models.base import Base, now
from app.models.message import Message
from app.models.report import QUEUED, Report
from app.models.user import Group, Login, User

__all__ = ["QUEUED", "Base", "Group", "Login", "Message", "Report", "User", "now"]
