"""The steps of a deploy or rollback on one host; each is written to the journal before it is done."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from . import gate, hook, secret_files, starting, tidy
from .app import App, Process, Slot, other
from .change_jobs import ChangeJobs
from .dockerd import DockerError, Engine
from .errors import GateError
from .front import Front
from .lease import Lease, LeaseFile
from .one_off import OneOff
from .process import page_of_all
from .records import STEPS, Action, Journal, Records, Release, Step
from .routes import Routes
from .services import Services
from .site import Site
from .slots import Slots
from .snapshots import Snapshots
from .watch import watch

# The first certificate of a new domain may still be on its way when the release that brings it is checked.
FIRST_CHECK_S = 90.0
CHECK_S = 10.0
LEAVING_A_BAD_RELEASE_S = 5.0
AFTER_SWITCH = STEPS[STEPS.index("switch") :]


class Change:
    """One deploy or rollback of one app on this host."""

    def __init__(self, app: App, engine: Engine, front: Front | None, leases: LeaseFile, lease: Lease) -> None:
        self.app, self.engine, self.front = app, engine, front
        self.leases, self.lease = leases, lease
        self.records = Records(app)
        self.slots = Slots(app, self.records, engine)
        self.jobs = ChangeJobs(app, self.records)
        self.site = Site(app.name, self.records.state_dir)
        self.site_text = ""
        self.seconds: dict[str, float] = {}
        self.said: list[str] = []
        self.closed: Journal | None = None
        self._journal = self.records.journal()
        if self._journal:
            self.seconds = dict(self._journal.steps)

    @property
    def journal(self) -> Journal:
        """The journal of this change; there is one from `begin` to `finish` or `take_back`."""
        if self._journal is None:
            raise RuntimeError("no change was begun")
        return self._journal

    @property
    def under_way(self) -> bool:
        """Whether a change was begun, by this run or by one that died."""
        return self._journal is not None

    def begin(self, action: Action, release: Release) -> None:
        """Write down what is going to happen."""
        live = self.records.live_slot()
        self._journal = Journal(
            action=action,
            release=release.id,
            slot=self.records.idle_slot(),
            previous=self.records.slot_release(live),
            step="begin",
            owner=self.lease.owner,
            started=time.time(),
            hook_ran=False,
            was_live_at=release.live_at,
            steps={},
        )
        self.seconds = {}
        self.records.write_journal(self._journal)

    def serve(self, services: str, release: Release) -> None:
        """Bring the services up to what is declared: before the hook, which may need them."""
        own = Services(self.app, self.engine)
        if own.concern():
            with self.step("services"):
                self.said += own.converge(services, release.image_ids)

    def prepare(self, release: Release) -> None:
        """Run the hook, start the release in the idle slot and wait until it is ready; visitors notice nothing.

        The site comes first, since it says how visitors wait; but not while it would lead them to other ports.
        """
        slot, live = self.journal.slot, self.records.live_slot()
        moves = live is not None and not self.slots.on_their_ports(live, self.journal.previous)
        if not moves:
            self._bring_site()
        hooked = self.journal.action == "deploy" and bool(self.app.hook)
        if hooked:
            self.jobs.keep_out()
        if hooked and (self.app.snapshot or self.app.mirror):
            with self.step("snapshot"):
                hook.keep_data(self.app, self.records, self.engine, release, live)
        if not self.app.overlap and live:
            with self.step("hold"):
                self.records.hold()
                self._leave(live)
        if hooked:
            with self.step("hook"):
                hook.run_hook(OneOff(self.app, self.records, self.engine), self.app, release, slot)
            self.records.raise_data_schema(release.schema)
        processes = self.records.processes(release.id)
        serving = [each for each in processes if each.serves]
        workers = [each for each in processes if not each.serves and not each.single]
        with self.step("start"):
            self.start(slot, release, serving)
        with self.step("gate"):
            gate.wait_until_ready(self.app, slot, self.engine, serving)
            self.slots.keep_up(slot, serving)
        if workers:  # they take real jobs at once: not before the rest of the release is known to be good
            with self.step("workers"):
                self._start_ready(slot, release, workers)
        routes = Routes(self.app.name, self.app.live_dir)
        if self.front and routes.concern(slot, processes):
            with self.step("routes"):
                routes.write(slot, processes)
        if moves:
            self._bring_site()

    def switch(self, release: Release) -> None:
        """Send visitors to the new slot and make sure that they get there."""
        with self.step("switch"):
            self.records.raise_data_schema(release.schema)
            self.records.switch_to(self.journal.slot)
        self.jobs.let_in()
        if self.front:
            with self.step("check"):
                page = page_of_all(self.records.processes(release.id))
                known = self.journal.previous and "site" not in self.seconds
                self.front.wait_for(self.app, release.id, page, CHECK_S if known else FIRST_CHECK_S)
        old, before = other(self.journal.slot), _single(self.records.processes(self.journal.previous))
        single = _single(self.records.processes(release.id))
        if single or (before and self.journal.previous):
            with self.step("hand_over"):
                self.slots.stop(old, before)
                self._start_ready(self.journal.slot, release, single)

    def watch(self) -> None:
        """Look at the new release for `watch_s`: is it up, ready, and are visitors no worse off than before?

        Raises:
            WatchError: three looks in a row found it not ready, or it exited.
            VisitorsError: visitors get more 5xx of it than of the old release, and that is proven.
        """
        if not self.app.watch_s or not self.journal.previous:
            return  # a first release has nothing to go back to
        with self.step("watch"):
            watch(self.app, self.engine, self.front, self.records, self.journal)

    def finish(self) -> None:
        """Let the old slot's requests end, stop it, keep it for rollback, remove what is not kept any more."""
        old = other(self.journal.slot)
        self.records.switch_to(self.journal.slot)
        self.records.mark(self.journal.release, "good")
        secret_files.publish(self.records, self.app, self.journal.release)
        if self.journal.previous:
            with self.step("drain"):
                if self.front and self.app.overlap:
                    before = self.records.processes(self.journal.previous)
                    self.front.drain(self.app, old, before, self.app.drain_s)
            with self.step("stop"):
                self.slots.stop(old, self.records.processes(self.journal.previous))
        if self.jobs.concern(self.journal.release):
            with self.step("timers"):
                self.jobs.follow(self.journal.release)
        with tidy.tidying("what is not kept", self.said), self.step("prune"):
            self.prune()
        self.site.keep()
        self.records.close_journal()
        self.closed, self._journal = self._journal, None

    def take_back(self, reason: str) -> None:
        """Give visitors the release they had, remove the new one's container; `reason` marks it bad when not empty."""
        journal, slot = self.journal, self.journal.slot
        old = other(slot)
        was_switched = self.records.live_slot() == slot
        processes = self.records.processes(journal.release)
        self.slots.remove(slot, _single(processes))  # before the old ones start again
        if journal.previous:
            self.revive(old, journal.previous, only_serving=True)
        if journal.previous or was_switched:
            self.records.switch_to(old)
        if self.site.put_back():
            self.said.append("the site is as it was before")
        if was_switched and journal.previous and self.front:
            self.front.drain(self.app, slot, processes, min(LEAVING_A_BAD_RELEASE_S, self.app.drain_s))
        self.slots.remove(slot, processes)
        self.engine.remove(f"{self.app.name}-hook")
        self.engine.remove(f"{self.app.name}-snapshot")
        with tidy.tidying("an unfinished snapshot", self.said):
            Snapshots(self.app).clear()
        self._revive_workers(old, journal.previous)
        self.said += self.jobs.bring_back(journal.previous)
        self.records.clear_slot(slot)
        self.records.unmark(journal.release, journal.was_live_at)
        if reason and journal.release != journal.previous:
            self.records.mark(journal.release, "bad", reason)
        self.records.close_journal()
        self._journal = None
        self.jobs.let_in()

    def recover(self) -> str:
        """End what a run that died had begun: finish it when visitors already get a ready release, else take it back.

        Returns:
            What was done, in words.
        """
        journal = self.journal
        if journal.step in AFTER_SWITCH and self.records.live_slot() == journal.slot:
            with contextlib.suppress(GateError):
                processes = self.records.processes(journal.release)
                release = self.records.release(journal.release)
                gate.wait_until_ready(self.app, journal.slot, self.engine, [each for each in processes if each.serves])
                if release and not self.slots.run(journal.slot, journal.release):
                    self.slots.stop(other(journal.slot), _single(self.records.processes(journal.previous)))
                    self._start_ready(journal.slot, release, processes)
                self.finish()
                return f"finished the interrupted {journal.action} of {journal.release} (it had reached {journal.step})"
        self.take_back("")
        return f"took back the interrupted {journal.action} of {journal.release} (it had reached {journal.step})"

    @contextlib.contextmanager
    def step(self, name: Step) -> Iterator[None]:
        """Write a step down, then let it be done, and keep its time in seconds."""
        self.leases.still_mine(self.lease)
        self._journal = replace(self.journal, step=name, steps=dict(self.seconds))
        self.records.write_journal(self._journal)
        begun = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = round(time.monotonic() - begun, 3)

    def start(self, slot: Slot, release: Release, processes: Sequence[Process]) -> None:
        """Start processes of a release in a slot."""
        self.said += starting.start(self.records, self.engine, slot, release, processes)

    def _start_ready(self, slot: Slot, release: Release, processes: Sequence[Process]) -> None:
        """Start processes of a release, wait until they are ready, and let the engine keep them up."""
        if processes:
            self.start(slot, release, processes)
            gate.wait_until_ready(self.app, slot, self.engine, processes)
            self.slots.keep_up(slot, processes)

    def restart(self, slot: Slot, release: Release, process: str) -> None:
        """Let one process of the live release end with its own grace, and start it again."""
        chosen = [each for each in self.records.processes(release.id) if each.name == process]
        self.slots.stop(slot, chosen)
        self._start_ready(slot, release, chosen)

    def prune(self) -> None:
        """Remove what is not kept any more."""
        inhabited = {self.journal.release, self.journal.previous}
        tidy.prune(self.app, self.records, self.engine, inhabited, self.said)

    def _bring_site(self) -> None:
        if self.site_text and self.site.differs(self.site_text):
            with self.step("site"):
                self.site.write(self.site_text)

    def _leave(self, slot: Slot) -> None:
        processes = self.records.processes(self.records.slot_release(slot))
        if self.front:
            self.front.drain(self.app, slot, processes, self.app.drain_s)
        self.slots.stop(slot, processes)

    def _revive_workers(self, slot: Slot, release_id: str) -> None:
        """Start what works behind the release that visitors have again; they have it whether that gets ready or not."""
        try:
            if release_id:
                self.revive(slot, release_id)
        except (GateError, DockerError) as error:
            self.said.append(f"warning: {error.what}")

    def revive(self, slot: Slot, release_id: str, *, only_serving: bool = False) -> None:
        """Make sure that a slot's release runs, all of it or what serves visitors, and is ready."""
        release = self.records.release(release_id)
        processes = [each for each in self.records.processes(release_id) if each.serves or not only_serving]
        found = [self.engine.container(self.app.container(slot, each)) for each in processes]
        if release and not all(each and each.running for each in found):
            self._start_ready(slot, release, processes)


def _single(processes: Iterable[Process]) -> list[Process]:
    return [each for each in processes if each.single]
