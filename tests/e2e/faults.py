"""Faults that a host can have, each with the code that the doctor must give it, and how it is made and mended."""

from __future__ import annotations

from dataclasses import dataclass

# A security archive of the host's own with a newer openssl, labelled as Debian labels its own: what the mirrors hold
# today does not matter.
ARCHIVE = "/srv/security"
SOURCE = "/etc/apt/sources.list.d/own-security.sources"
PACKAGES = (
    "Package: openssl\\nVersion: 99:1\\nArchitecture: $(dpkg --print-architecture)\\nDescription: newer than any\\n"
    f"Maintainer: Tests <tests@example.com>\\nFilename: ./openssl.deb\\nSize: 1\\nSHA256: {'0' * 64}\\n"
)
RELEASE = (
    "Origin: Debian\\nLabel: Debian-Security\\nSuite: stable-security\\nVersion: 13\\nCodename: trixie-security\\n"
    "Date: $(date -Ru)\\n"
)
UPDATE_IT = f"apt-get -qq -oDir::Etc::SourceList={SOURCE} -oDir::Etc::SourceParts=- -oAPT::Get::List-Cleanup=0 update"


@dataclass(frozen=True)
class Fault:
    """One thing gone wrong; `make` and `mend` are shell commands run as root on the host."""

    code: str
    make: str
    mend: str


# They leave each other alone: every one can be told while all others are there.
TOGETHER = (
    Fault(
        "DISK_FULL",
        "mount -t tmpfs -o size=256k tmpfs /var/log && dd if=/dev/zero of=/var/log/full bs=1k count=252",
        "umount /var/log",
    ),
    Fault(
        "UNIT_FAILED",
        "systemd-run --quiet --unit=broken false; "
        "timeout 20 sh -c 'until systemctl is-failed --quiet broken; do sleep 0.1; done'",
        "systemctl reset-failed broken",
    ),
    Fault("REBOOT_DUE", "touch /run/reboot-required", "rm /run/reboot-required"),
    Fault(
        "SECURITY_UPDATES",
        f'mkdir {ARCHIVE} && cd {ARCHIVE} && printf "{PACKAGES}" > Packages && printf "{RELEASE}" > Release && '
        'printf "SHA256:\\n $(sha256sum Packages | cut -d " " -f 1) $(stat -c %s Packages) Packages\\n" >> Release && '
        f'printf "Types: deb\\nURIs: copy:{ARCHIVE}\\nSuites: ./\\nTrusted: yes\\n" > {SOURCE} && {UPDATE_IT}',
        f"rm -r {ARCHIVE} {SOURCE} /var/lib/apt/lists/*{ARCHIVE.replace('/', '_')}_*",
    ),
    Fault(
        "LISTS_STALE",
        "find /var/lib/apt/lists -type f -exec touch -d '30 days ago' {} +",
        "find /var/lib/apt/lists -type f -exec touch {} +",
    ),
    Fault("UPGRADES_OFF", "systemctl stop apt-daily-upgrade.timer", "systemctl start apt-daily-upgrade.timer"),
    Fault(
        "SECRET_READABLE",
        "chmod 0444 /etc/slipway/secrets/strongbox/kek",
        "chmod 0400 /etc/slipway/secrets/strongbox/kek",
    ),
    Fault(
        "SOCKET_UNDECLARED",
        "systemd-run --quiet --unit=stray python3 -m http.server 8081; "
        "timeout 20 sh -c 'until ss -Hltn sport = :8081 | grep -q .; do sleep 0.1; done'",
        "systemctl stop stray",
    ),
    Fault("FIREWALL_OFF", "nft delete table inet slipway", "systemctl restart slipway-firewall"),
    # Open, since the firewall is off and the stray program listens.
    Fault("OPEN_PORT", "true", "true"),
    Fault(
        "ENGINE_CONFIG",
        "cp -a /etc/docker/daemon.json /root/daemon.json && echo '{' > /etc/docker/daemon.json",
        "cp -a /root/daemon.json /etc/docker/daemon.json",
    ),
    Fault("DOCKER_GROUP", "gpasswd --add admin docker", "gpasswd --delete admin docker"),
    Fault(
        "SSH_UNSAFE",
        "echo 'PasswordAuthentication yes' > /etc/ssh/sshd_config.d/00-a.conf",
        "rm /etc/ssh/sshd_config.d/00-a.conf",
    ),
    Fault(
        "DNS_ELSEWHERE",
        "cp /etc/hosts /root/hosts && echo '192.0.2.1 vps.test' >> /etc/hosts",
        "cat /root/hosts > /etc/hosts",
    ),
    Fault(
        "LEASE_DEAD",
        """echo '{"owner": "eve@ci", "beat": -1000}' > /var/lib/slipway/apps/strongbox/state/lease.json""",
        "rm /var/lib/slipway/apps/strongbox/state/lease.json",
    ),
    Fault("CONTAINER_DOWN", "docker stop strongbox-green", "docker start strongbox-green"),
    # What a visitor sees of the stopped container.
    Fault("STATUS", "true", "true"),
    Fault("DRIFT", "echo '# by hand' >> /etc/caddy/Caddyfile", "sed -i '$d' /etc/caddy/Caddyfile"),
)
IMAGE = "$(docker inspect --format '{{.Image}}' strongbox-blue strongbox-green 2>/dev/null | head -1)"
FAILED_RUN = '{"release": "r", "started": 1.0, "ended": 2.0, "outcome": "failed", "code": 3}'
ANSWER = '{"ts": %d, "status": 500, "upstream": "127.0.0.1:1", "upstream_status": 500, "seeded": 1}\\n'
# What only the host's own look sees.
BY_ITSELF = (
    Fault(
        "JOB_FAILED",
        "mkdir -p /var/lib/slipway/apps/strongbox/state/jobs && "
        f"echo '{FAILED_RUN}' > /var/lib/slipway/apps/strongbox/state/jobs/rotate-keys.json",
        "rm /var/lib/slipway/apps/strongbox/state/jobs/rotate-keys.json",
    ),
    Fault(
        "CONTAINER_RESTARTS",
        f"docker run --detach --name circle --restart always --entrypoint python3 {IMAGE} -c 'raise SystemExit(1)' && "
        "timeout 20 sh -c 'until [ $(docker inspect --format {{.RestartCount}} circle) -ge 2 ]; do sleep 0.1; done'",
        "docker rm --force circle",
    ),
    Fault(
        "ANSWERS_5XX",
        # More than one in twenty of whatever the tests before asked.
        f"""now=$(date +%s); for each in $(seq 200); do printf '{ANSWER}' $now; done >> /var/log/caddy/strongbox.log""",
        # Caddy has the file open.
        "grep -v seeded /var/log/caddy/strongbox.log > /root/kept; cat /root/kept > /var/log/caddy/strongbox.log",
    ),
)
# These would hide some of the others.
APART = (
    # Too old for a package that depends on it.
    Fault(
        "UPDATES_UNKNOWN",
        "cp -a /var/lib/dpkg/status /root/status && "
        "sed -i '/^Package: openssl$/,/^$/s/^Version: .*/Version: 0/' /var/lib/dpkg/status",
        "cp -a /root/status /var/lib/dpkg/status",
    ),
    Fault("ENGINE_DOWN", "systemctl stop docker.socket docker.service", "systemctl start docker.socket docker.service"),
    Fault("CADDY_DOWN", "systemctl stop caddy.socket caddy.service", "systemctl start caddy.socket caddy.service"),
    # What a visitor sees without Caddy.
    Fault("HTTPS", "true", "true"),
    Fault("REDIRECT", "true", "true"),
    Fault(
        "MAINTENANCE",
        "touch /var/lib/slipway/apps/strongbox/live/maintenance",
        "rm /var/lib/slipway/apps/strongbox/live/maintenance",
    ),
)
