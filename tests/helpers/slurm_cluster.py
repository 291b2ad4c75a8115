"""A real SLURM of three nodes on this machine: munge, slurmctld and three slurmd, each with a pretend graphics card."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

ETC = Path("/etc/slurm")
MUNGE = Path("/run/munge")
FILES = ("slurm.conf", "gres.conf", "cgroup.conf")
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "scontrol", "runuser")
NODES = ("n1", "n2", "n3")

CLUSTER = "monosemanticity_tests"
SLURM_CONF = """
ClusterName={cluster}
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=cred_expire=10
MpiDefault=none
MailProg=/bin/true
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
JobAcctGatherParams=OverMemoryKill
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=1,sched_interval=1,batch_sched_delay=0
EnforcePartLimits=ALL
ReturnToService=2
SlurmdParameters=config_overrides
MinJobAge=300
KillWait=10
SlurmdTimeout=10
SlurmctldPidFile={state}/run/slurmctld.pid
SlurmdPidFile={state}/run/slurmd-%n.pid
SlurmctldLogFile={state}/log/slurmctld.log
SlurmdLogFile={state}/log/slurmd-%n.log
StateSaveLocation={state}/state
SlurmdSpoolDir={state}/spool-%n
AccountingStorageType=accounting_storage/none
DefMemPerCPU=500
GresTypes=gpu
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port=17001 {node}
NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port=17002 {node}
NodeName=n3 NodeHostname={host} NodeAddr=127.0.0.1 Port=17003 {node}
PartitionName=main Nodes=n1,n2,n3 Default=YES MaxTime=INFINITE State=UP
"""
NODE = "CPUs=8 Boards=1 SocketsPerBoard=1 CoresPerSocket=8 RealMemory=32000 Gres=gpu:1 State=UNKNOWN"
GRES_CONF = """
AutoDetect=off
NodeName=n1 Name=gpu File={state}/dev/fakegpu0
NodeName=n2 Name=gpu File={state}/dev/fakegpu1
NodeName=n3 Name=gpu File={state}/dev/fakegpu2
"""


def why_not() -> str:
    """Why a cluster cannot be started here; nothing if it can."""
    if os.getuid() != 0:
        return "starting SLURM's daemons needs to be root"
    if missing := [program for program in PROGRAMS if shutil.which(program) is None]:
        return f"SLURM is not installed: {', '.join(missing)} missing; apt-get install slurm-wlm munge"
    if (ETC / "slurm.conf").exists() and not _left_over():
        return f"{ETC}/slurm.conf is a cluster's already"
    return ""


def _left_over() -> dict[str, str]:
    """The settings of a cluster of this project's tests that were killed before they could end it."""
    lines = (ETC / "slurm.conf").read_text().splitlines() if (ETC / "slurm.conf").exists() else []
    settings = dict(line.split("=", 1) for line in lines if "=" in line)
    return settings if settings.get("ClusterName") == CLUSTER else {}


@contextmanager
def cluster(state: Path) -> Iterator[None]:
    """A cluster that takes jobs, its files in a folder; SLURM's own steps look for the configuration in /etc/slurm."""
    if left_over := _left_over():
        _end(Path(left_over["SlurmctldPidFile"]).parent)
    host = socket.gethostname().partition(".")[0]
    for part in ("state", "log", "run", "dev"):
        (state / part).mkdir(parents=True)
    for number in range(3):  # SLURM wants character devices: these are /dev/null's
        subprocess.run(["mknod", "-m", "666", str(state / f"dev/fakegpu{number}"), "c", "1", "3"], check=True)
    texts = (SLURM_CONF, GRES_CONF, "CgroupPlugin=cgroup/v1\n")
    for name, text in zip(FILES, texts, strict=True):
        (ETC / name).write_text(text.format(cluster=CLUSTER, host=host, state=state, node=NODE))
    MUNGE.mkdir(exist_ok=True)
    shutil.chown(MUNGE, "munge", "munge")
    try:
        subprocess.run(["runuser", "-u", "munge", "--", shutil.which("munged"), "--force"], check=True)
        start_controller()
        for node in NODES:
            start(node)
        wait_until_idle()
        yield
    finally:
        _end(state / "run")


def _end(run: Path) -> None:
    """End a cluster's daemons and munge's, and remove its configuration."""
    for pid_file in (*sorted(run.glob("*.pid"), reverse=True), MUNGE / "munged.pid"):
        pid = pid_file.read_text().strip() if pid_file.exists() else ""
        if pid and psutil.pid_exists(int(pid)) and psutil.Process(int(pid)).name() in PROGRAMS:
            stop(pid)
    for name in FILES:
        (ETC / name).unlink(missing_ok=True)


def stop(pid: str) -> None:
    """End a daemon, and wait until it has: another cluster may start at once."""
    subprocess.run(["kill", pid], check=False)
    wait_until(lambda: not Path("/proc", pid).exists(), f"process {pid} ends")


def wait_until(true: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Wait until something is so; fail where it takes too long."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, f"waited in vain until {what}"
        time.sleep(0.2)


def start_controller() -> None:
    """Start what gives jobs to nodes."""
    subprocess.run(["slurmctld"], check=True)


def start(node: str) -> None:
    """Start a node's daemon."""
    subprocess.run(["slurmd", "-N", node], check=True)


def kill(node: str, state: Path) -> None:
    """End a node as a power cut does: its daemon, those of its jobs, and all that these have started."""
    daemon = psutil.Process(int((state / f"run/slurmd-{node}.pid").read_text()))
    jobs = [number for number, _, at in queue() if at == node]
    of_jobs = [process for process in psutil.process_iter() if _job_of(process) in jobs]
    for process in [daemon, *daemon.children(recursive=True), *of_jobs]:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def _job_of(process: psutil.Process) -> str:
    """The number of the job that a process is part of."""
    try:
        title = " ".join(process.cmdline())
        if title.startswith("slurmstepd: ["):
            return title.removeprefix("slurmstepd: [").partition(".")[0]
        return process.environ().get("SLURM_JOB_ID", "")
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return ""


def wait_until_idle() -> None:
    """Until every node waits for jobs."""
    wait_until(lambda: _said("sinfo", "-h", "-o", "%T").split() == ["idle"], "every node is idle")


def queue() -> list[tuple[str, str, str]]:
    """Each job's number, state and nodes."""
    return [tuple(line.split(",", 2)) for line in _said("squeue", "-h", "-o", "%i,%T,%N").splitlines()]


def asked_by(number: str) -> tuple[str, str]:
    """The time limit of a job, as hours, minutes and seconds, and its memory."""
    limit, memory = _said("squeue", "-h", "-j", number, "-o", "%l %m").split()
    return limit, memory


def _said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
