#!/usr/bin/python3
"""Users take turns: whatever one user has in the queue, another's ten jobs begin with the next slots; and a user's quotas of
jobs and of tasks are refusals that name them."""
import os
import sys

sys.path.insert(0, os.path.join(os.environ["SRC"], "tests/lib"))
from gatedrive import *  # noqa: F403,E402

SLOTS = 4
grid = Grid("alice", "bob")
gate = Gatekeeper(grid, [f"gatekeeper.fork_slots={SLOTS}"]).start()
alice = Client(grid, grid.proxy("alice"), gate.url)
bob = Client(grid, grid.proxy("bob"), gate.url)


def array(script, count):
    return sh_job(script, description=f'<g:Extension xmlns:g="{JOBS}"><g:Tasks count="{count}"/></g:Extension>')


def counts(client, address):
    return {e.get("state"): int(e.get("count")) for e in client.each("GetActivityStatuses", address).iter(f"{{{JOBS}}}TaskCount")}


def ten_of_bob():
    """How bob's ten jobs ended."""
    mine = [bob.create(sh_job("true"), message_id()) for _ in range(10)]
    until("bob's ten are over", lambda: all(s.state in ("Finished", "Failed") for s in bob.statuses(mine)))
    return {s.state for s in bob.statuses(mine)}


def beside_an_array():
    a = alice.create(array("exec sleep 0.5", 10000), message_id())
    until("all slots are alice's", lambda: counts(alice, a).get("Running") == SLOTS)
    ended = ten_of_bob()
    left = counts(alice, a)
    print(f"# bob's ten: {ended}; alice's then: {left}")
    return ended == {"Finished"} and left.get("Pending", 0) > 9500, a


def beside_many_jobs():
    jobs = [alice.create(sh_job("exec sleep 0.5"), message_id()) for _ in range(300)]
    until("all slots are alice's", lambda: sum(s.inner == "Running" for s in alice.statuses(jobs)) == SLOTS)
    ended = ten_of_bob()
    left = sum(s.inner == "Pending" for s in alice.statuses(jobs))
    print(f"# bob's ten: {ended}; of alice's 300 then wait {left}")
    return ended == {"Finished"} and left > 150, jobs


def over(client, addresses):
    client.each("TerminateActivities", *addresses)
    until("all are over", lambda: all(s.state in ("Cancelled", "Finished", "Failed") for s in client.statuses(addresses)))


def refused_at_quotas():
    """Of jobs that wait for a release, so that none ends meanwhile."""
    gate.stop()
    bob.close()
    gate.start("gatekeeper.jobs_max_user=3", "gatekeeper.tasks_max_user=10")
    held = '<g:Extension xmlns:g="%s">%s<g:Hold>true</g:Hold></g:Extension>'
    of_eight = sh_job("true", description=held % (JOBS, '<g:Tasks count="8"/>'))
    single = sh_job("true", description=held % (JOBS, ""))
    mine = [bob.create(of_eight, message_id()), bob.create(single, message_id())]
    tasks = fault(bob.create, of_eight, message_id())
    mine.append(bob.create(single, message_id()))
    jobs = fault(bob.create, single, message_id())
    print(f"# {tasks}\n# {jobs}")
    over(bob, mine)
    again = bob.wait(bob.create(array("true", 10), message_id()))
    return ("gatekeeper.tasks_max_user" in tasks.reason and "wait until" in tasks.reason and "gatekeeper.jobs_max_user" in jobs.reason
            and "wait until" in jobs.reason and again.state == "Finished")


def first():
    good, a = beside_an_array()
    over(alice, [a])
    return good


def second():
    good, jobs = beside_many_jobs()
    over(alice, jobs)
    return good


ok("ten jobs of another user are done while an array of 10,000 tasks waits", first)
ok("and while 300 jobs of one user wait", second)
ok("a refusal at the quota of jobs or of tasks names it, and says what to do; what is over no longer counts", refused_at_quotas)
done()
