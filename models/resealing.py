"""Secrets of others, sealed anew when the keys change: those of CRMs, and addresses of channels."""

from sqlmodel import Session, col, select

from models.crm.connections import reseal
from models.originals import reseal_originals
from models.sealing import Seal
from models.tables import Channel


def reseal_all(session: Session, seal: Seal) -> int:
    """Put every sealed secret under the first key; returns how many. Raises BadDatabase."""
    channels = select(Channel).where(col(Channel.address).is_not(None)).with_for_update()
    count = reseal(session, seal) + reseal_originals(session, seal)
    for one in session.exec(channels):
        if one.address is not None:
            one.address = seal.renew(one.address)
            count += 1
    return count
