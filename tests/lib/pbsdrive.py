# tests/lib/pbsdrive.py - Debian's commands of TORQUE, which speak to a Slurm;
# unpacked: their package conflicts with Grid Engine's.
import os
import subprocess

COMMANDS = ("qsub", "qstat", "qdel", "qrls", "pbsnodes")


def unpack(dir):
    """Their directory, beneath DIR; None where they are not to be had."""
    os.mkdir(dir)
    get = "apt-get download slurm-wlm-torque >apt.log 2>&1 && dpkg-deb -x slurm-wlm-torque_*.deb ."
    if subprocess.run(["sh", "-c", get], cwd=dir).returncode != 0:
        return None
    bin = f"{dir}/usr/bin"
    for name in ("sbatch", "srun", "salloc"):  # qsub runs that which lies beside it
        os.symlink(f"/usr/bin/{name}", f"{bin}/{name}")
    os.chmod(dir, 0o755)
    return bin
