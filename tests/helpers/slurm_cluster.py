"""A real SLURM of one node on this machine: munge, slurmctld and slurmd, with two pretend graphics cards."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ETC = Path("/etc/slurm")
FILES = ("slurm.conf", "gres.conf", "cgroup.conf")
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "runuser")

SLURM_CONF = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
MpiDefault=none
MailProg=/bin/true
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=1,sched_interval=1,batch_sched_delay=0
EnforcePartLimits=ALL
ReturnToService=2
SlurmdParameters=config_overrides
MinJobAge=300
KillWait=10
SlurmctldPidFile={state}/run/slurmctld.pid
SlurmdPidFile={state}/run/slurmd.pid
SlurmctldLogFile={state}/log/slurmctld.log
SlurmdLogFile={state}/log/slurmd.log
StateSaveLocation={state}/state
SlurmdSpoolDir={state}/spool
AccountingStorageType=accounting_storage/none
DefMemPerCPU=500
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs=8 Boards=1 SocketsPerBoard=1 CoresPerSocket=8 RealMemory=32000 Gres=gpu:2
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""
GRES_CONF = "AutoDetect=off\nName=gpu File={state}/dev/fakegpu[0-1]\n"


def why_not() -> str:
    """Why a cluster cannot be started here; nothing if it can."""
    if os.getuid() != 0:
        return "starting SLURM's daemons needs to be root"
    if missing := [program for program in PROGRAMS if shutil.which(program) is None]:
        return f"SLURM is not installed: {', '.join(missing)} missing; apt-get install slurm-wlm munge"
    if (ETC / "slurm.conf").exists():
        return f"{ETC}/slurm.conf is a cluster's already"
    return ""


@contextmanager
def cluster(state: Path) -> Iterator[None]:
    """A cluster that takes jobs, its files in a folder; SLURM's own steps look for the configuration in /etc/slurm."""
    host = socket.gethostname().partition(".")[0]
    for part in ("state", "spool", "log", "run", "dev"):
        (state / part).mkdir(parents=True)
    for number in range(2):  # SLURM wants character devices: these are /dev/null's
        subprocess.run(["mknod", "-m", "666", str(state / f"dev/fakegpu{number}"), "c", "1", "3"], check=True)
    texts = (SLURM_CONF, GRES_CONF, "CgroupPlugin=cgroup/v1\n")
    for name, text in zip(FILES, texts, strict=True):
        (ETC / name).write_text(text.format(host=host, state=state))
    munge_folder = Path("/run/munge")
    munge_folder.mkdir(exist_ok=True)
    shutil.chown(munge_folder, "munge", "munge")
    try:
        subprocess.run(["runuser", "-u", "munge", "--", shutil.which("munged"), "--force"], check=True)
        subprocess.run(["slurmctld"], check=True)
        subprocess.run(["slurmd"], check=True)
        wait_until_idle()
        yield
    finally:
        for pid_file in (state / "run/slurmd.pid", state / "run/slurmctld.pid", munge_folder / "munged.pid"):
            if pid_file.exists():
                stop(pid_file.read_text().strip())
        for name in FILES:
            (ETC / name).unlink(missing_ok=True)


def stop(pid: str) -> None:
    """End a daemon, and wait until it has: another cluster may start at once."""
    subprocess.run(["kill", pid], check=False)
    until = time.monotonic() + 60
    while Path("/proc", pid).exists():
        assert time.monotonic() < until, f"process {pid} does not end"
        time.sleep(0.1)


def wait_until_idle() -> None:
    until = time.monotonic() + 60
    while subprocess.run(["sinfo", "-h", "-o", "%T"], capture_output=True, text=True).stdout.strip() != "idle":
        assert time.monotonic() < until, subprocess.run(["sinfo", "-R"], capture_output=True, text=True).stdout
        time.sleep(0.5)


def queue() -> list[tuple[str, str]]:
    """Each job's number and state."""
    listed = subprocess.run(["squeue", "-h", "-o", "%i %T"], capture_output=True, text=True, check=True)
    return [tuple(line.split()) for line in listed.stdout.splitlines()]
