"""What the three benches share: the machine, a throw-away PostgreSQL, the sink, and a stopwatch."""
import atexit
import getpass
import glob
import json
import os
import platform
import random
import re
import shutil
import signal
import socket
import ssl
import statistics
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
PROJECT = os.path.dirname(HERE)
PASSWORD = "bench-only"
SAMPLE_SECONDS = 0.1
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


# The machine

def machine():
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    memory = int(open("/proc/meminfo").readline().split()[1]) // 1024
    return {"cpu": model, "cores": os.cpu_count(), "memory_mb": memory, "kernel": platform.release(),
            "load_before": [round(x, 2) for x in os.getloadavg()], "date": time.strftime("%Y-%m-%d %H:%M %z")}


def print_machine(facts):
    print(f"machine: {facts['cpu']}, {facts['cores']} cores, {facts['memory_mb']} MB, Linux {facts['kernel']}, "
          f"load {facts['load_before'][0]}, {facts['date']}")


def version_of(command):
    try:
        done = subprocess.run(command, shell=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
        return done.stdout.strip().splitlines()[0] if done.stdout.strip() else "?"
    except subprocess.TimeoutExpired:
        return "?"


def newest_pg_bin():
    folders = [f for f in glob.glob("/usr/lib/postgresql/*/bin") if os.access(f + "/initdb", os.X_OK)]
    if not folders:
        found = shutil.which("initdb")
        if not found:
            sys.exit("no PostgreSQL server programs found; give their folder with --pg-bin")
        return os.path.dirname(os.path.realpath(found))
    return max(folders, key=lambda f: int(f.split("/")[-2]))


def find_java():
    homes = [os.environ.get("JAVA_HOME")] + sorted(glob.glob("/usr/lib/jvm/*25*"))
    for home in filter(None, homes):
        if os.access(home + "/bin/java", os.X_OK):
            return home
    return None


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


# PostgreSQL

def as_postgres(command):
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return command
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] + command


class Server:
    """A PostgreSQL in a folder of its own; stopped when the bench ends, kept for the next run."""

    def __init__(self, bin_folder, folder, settings=()):
        self.bin, self.folder, self.port = bin_folder, folder, free_port()
        self.data = folder + "/data"
        if not os.path.exists(self.data + "/PG_VERSION"):
            shutil.rmtree(folder, ignore_errors=True)
            os.makedirs(folder)
            if os.geteuid() == 0:
                shutil.chown(folder, "postgres", "postgres")
            password = folder + "/password"
            with open(password, "w") as f:
                f.write(PASSWORD)
            os.chmod(password, 0o644)
            self.run([self.bin + "/initdb", "-D", self.data, "-U", "postgres", "--auth=scram-sha-256",
                      "--pwfile=" + password, "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"])
        options = [f"-c port={self.port}", "-c listen_addresses=127.0.0.1", f"-c unix_socket_directories={folder}",
                    "-c shared_buffers=256MB", "-c max_wal_size=4GB", "-c fsync=off", "-c autovacuum=off",
                    "-c max_parallel_maintenance_workers=1", *(f"-c {one}" for one in settings)]
        self.run([self.bin + "/pg_ctl", "-D", self.data, "-l", folder + "/log", "-w", "-t", "120", "-o", " ".join(options), "start"])
        self.pid = int(open(self.data + "/postmaster.pid").readline()) if os.access(self.data, os.R_OK) else 0
        atexit.register(self.stop)

    def run(self, command):
        done = subprocess.run(as_postgres(command), cwd="/tmp", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE if command[0].endswith("initdb") else subprocess.DEVNULL)
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)} failed: {(done.stderr or b'').decode()} (see {self.folder}/log)")

    def stop(self):
        subprocess.run(as_postgres([self.bin + "/pg_ctl", "-D", self.data, "-m", "fast", "-w", "stop"]), cwd="/tmp",
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def url(self, database):
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def sql(self, database, text):
        done = subprocess.run([self.bin + "/psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", self.url(database), "-c", text],
                              env=dict(os.environ, PGPASSWORD=PASSWORD, PGOPTIONS="-c client_min_messages=warning"),
                              stdout=subprocess.PIPE, text=True, check=True)
        return done.stdout.strip()


def database(server, size):
    """About `size` GB: pgbench's accounts, and as much again in documents. Built once, then reused."""
    name = f"bench{size}"
    done = server.sql("postgres", f"select shobj_description(oid, 'pg_database') from pg_database where datname = '{name}'")
    if done == "complete":
        return name
    print(f"building database {name}; later runs reuse it", flush=True)
    server.sql("postgres", f"drop database if exists {name}")
    server.sql("postgres", f"create database {name}")
    environment = dict(os.environ, PGPASSWORD=PASSWORD)
    subprocess.run([server.bin + "/pgbench", "-i", "-q", "-s", str(35 * size), server.url(name)], env=environment,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    # What pgbench fills with blanks would compress to nothing.
    server.sql(name, "update pgbench_accounts set filler = md5(aid::text) || md5((-aid)::text) where aid % 2 = 0")
    server.sql(name, "create table documents (id bigint, created timestamptz not null, customer uuid not null, kind text not null,"
                     " payload jsonb not null, body text not null, note text)")
    copy = subprocess.Popen([server.bin + "/psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-d", server.url(name), "-c", "copy documents from stdin"],
                            env=environment, stdin=subprocess.PIPE)
    for block in documents(640_000 * size):
        copy.stdin.write(block.encode())
    copy.stdin.close()
    if copy.wait() != 0:
        sys.exit("loading documents failed")
    server.sql(name, "alter table documents add primary key (id)")
    server.sql(name, "create index on documents (customer, created)")
    server.sql(name, "vacuum (analyze, full) pgbench_accounts")
    server.sql(name, "vacuum (analyze) documents")
    server.sql("postgres", f"comment on database {name} is 'complete'")
    server.sql("postgres", "checkpoint")
    return name


def documents(rows, block=5000):
    """Prose from a vocabulary with the skew of language, so that it compresses about as real text does."""
    chance = random.Random(42)
    syllables = "an ber cor del el fin gar hal in jor kel lin mar nor os pel quin ra sel tor un vel war ys zen sto tri ple".split()
    words = sorted({"".join(chance.choice(syllables) for _ in range(chance.randint(1, 4))) for _ in range(9000)})
    weights = [1 / (10 + n) for n in range(len(words))]
    flow = chance.choices(words, weights, k=3_000_000)
    # Far more sentences than fit a compressor's window.
    sentences = [" ".join(flow[n:n + 8 + n % 9]).capitalize() + "." for n in range(0, len(flow) - 20, 14)]
    kinds = ["order", "invoice", "complaint", "review", "delivery note"]
    for start in range(0, rows, block):
        lines = []
        for n in range(start, min(start + block, rows)):
            customer = uuid.UUID(int=chance.getrandbits(128))
            payload = json.dumps({"id": n, "total": round(chance.random() * 900, 2), "status": chance.choice(["open", "paid", "closed"]),
                                  "items": [{"sku": f"BH-{chance.randint(1, 99999):05d}", "n": chance.randint(1, 9)} for _ in range(chance.randint(1, 4))],
                                  "trace": f"{chance.getrandbits(64):016x}"})
            body = " ".join(chance.choices(sentences, k=2 + n % 4))
            lines.append(f"{n}\t2025-{1 + n % 12:02d}-{1 + n % 28:02d} {n % 24:02d}:{n % 60:02d}:{n * 7 % 60:02d}+00\t{customer}\t"
                         f"{kinds[n % 5]}\t{payload}\t{body}\t{sentences[n % len(sentences)] if n % 7 == 0 else chr(92) + 'N'}\n")
        yield "".join(lines)


# The store

class Sink:
    def __init__(self, folder, keep=None, tls=None):
        """keep: a folder for everything that is stored; tls: a key store made by `keys`"""
        java = find_java()
        if not java:
            sys.exit("bench/Sink.java needs Java 25: set JAVA_HOME")
        port_file = os.path.join(folder, f"sink-{os.getpid()}.port")
        options = (["--keep", keep] if keep else []) + (["--tls", tls] if tls else [])
        self.process = subprocess.Popen([java + "/bin/java", "-Xmx256m", HERE + "/Sink.java", port_file, *options])
        atexit.register(self.stop)
        for _ in range(300):
            if os.path.exists(port_file):
                break
            if self.process.poll() is not None:
                sys.exit("the sink did not start")
            time.sleep(0.1)
        self.port = int(open(port_file).read())
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        os.remove(port_file)
        self.pid = self.process.pid

    def call(self, path, method="GET"):
        # It is this machine, and its key was made a moment ago.
        trust = ssl._create_unverified_context()
        return urllib.request.urlopen(urllib.request.Request(self.url + path, method=method), context=trust).read()

    def reset(self):
        self.call("/_reset", "POST")

    def stored(self):
        return json.loads(self.call("/_stats"))

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()


    def span(self, pattern, since=0):
        """How many objects with a matching key came since then, the seconds between the first and the last, and what time it is."""
        found = json.loads(self.call(f"/_span?of={urllib.parse.quote(pattern)}&since={since}"))
        return found["objects"], found["seconds"], found["now"]


def keys(folder):
    """A key store for a sink that speaks HTTPS; Java trusts it with `trust`."""
    path = f"{folder}/sink-rsa.p12"
    if not os.path.exists(path):
        # Of the kind that S3's own endpoints have: what a client pays for a connection depends on it.
        keytool("-genkeypair", "-alias", "s3", "-keyalg", "RSA", "-keysize", "2048", "-dname", "CN=127.0.0.1", "-ext", "san=ip:127.0.0.1", "-validity", "3650",
                "-storetype", "PKCS12", "-keystore", path)
    trusted = f"{folder}/sink-rsa-trusted.p12"
    if not os.path.exists(trusted):
        keytool("-exportcert", "-alias", "s3", "-keystore", path, "-file", f"{folder}/sink.crt")
        # Neither encrypted nor sealed by a password, like the JDK's own list: to derive a key takes 0.2 s.
        keytool("-importcert", "-noprompt", "-alias", "s3", "-file", f"{folder}/sink.crt", "-storetype", "PKCS12", "-keystore", trusted,
                "-J-Dkeystore.pkcs12.certProtectionAlgorithm=NONE", "-J-Dkeystore.pkcs12.macAlgorithm=NONE")
    return path


def keytool(*arguments):
    subprocess.run([find_java() + "/bin/keytool", *arguments, "-storepass", PASSWORD], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def trust(path):
    others = os.environ.get("JDK_JAVA_OPTIONS", "")
    return {"JDK_JAVA_OPTIONS": f"{others} -Djavax.net.ssl.trustStore={path.removesuffix('.p12')}-trusted.p12"}


def aws_environment(sink):
    return {"AWS_ENDPOINT_URL": sink.url, "AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench", "AWS_REGION": "eu-west-1",
            "AWS_DEFAULT_REGION": "eu-west-1", "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/dev/null"}


# The stopwatch

def processes():
    """pid -> (parent, user+system seconds, the same of reaped children, resident bytes)"""
    all_of_them = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat") as f:
                    fields = f.read().rpartition(")")[2].split()
            except (OSError, ValueError):
                continue
            all_of_them[int(entry)] = (int(fields[1]), (int(fields[11]) + int(fields[12])) / TICKS,
                                       (int(fields[13]) + int(fields[14])) / TICKS, int(fields[21]) * PAGE)
    return all_of_them


def tree(root, snapshot):
    children = {}
    for pid, facts in snapshot.items():
        children.setdefault(facts[0], []).append(pid)
    found, todo = [], [root]
    while todo:
        pid = todo.pop()
        if pid in snapshot:
            found.append(pid)
        todo += children.get(pid, [])
    return found


def cpu_of(root):
    """CPU seconds of a long-running process, its children and those it has reaped."""
    snapshot = processes()
    return sum(snapshot[pid][1] + snapshot[pid][2] for pid in tree(root, snapshot))


def busy_seconds():
    fields = [int(x) for x in open("/proc/stat").readline().split()[1:]]
    return (sum(fields[:3]) + sum(fields[5:8])) / TICKS


def measure(command, environment, servers=(), sink=None, folder=None):
    """Runs a shell command. Pipelines fail when any of their parts fails."""
    pids = [s.pid for s in servers if s.pid]
    pg_before, sink_before, busy_before = sum(map(cpu_of, pids)), cpu_of(sink.pid) if sink else 0, busy_seconds()
    log = open(os.path.join(folder or "/tmp", f"bench-{os.getpid()}.log"), "w+")
    start = time.monotonic()
    process = subprocess.Popen(["bash", "-c", "set -o pipefail; " + command], env=dict(os.environ, **environment), cwd=PROJECT,
                               stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
    peak = {"largest": 0, "sum": 0}
    ended = threading.Event()

    def watch():
        while not ended.wait(SAMPLE_SECONDS):
            snapshot = processes()
            sizes = [snapshot[pid][3] for pid in tree(process.pid, snapshot)]
            peak["largest"] = max([peak["largest"]] + sizes)
            peak["sum"] = max(peak["sum"], sum(sizes))

    sampler = threading.Thread(target=watch)
    sampler.start()
    try:
        _, status, usage = os.wait4(process.pid, 0)
    except KeyboardInterrupt:
        os.killpg(process.pid, signal.SIGTERM)
        raise
    finally:
        wall = time.monotonic() - start
        ended.set()
        sampler.join()
    client = usage.ru_utime + usage.ru_stime
    pg, swallowed = sum(map(cpu_of, pids)) - pg_before, (cpu_of(sink.pid) - sink_before if sink else 0)
    foreign = max(0.0, busy_seconds() - busy_before - client - pg - swallowed)
    log.seek(0)
    output = log.read()
    log.close()
    os.remove(log.name)
    result = {"wall_s": round(wall, 3), "client_cpu_s": round(client, 3), "server_cpu_s": round(pg, 3), "sink_cpu_s": round(swallowed, 3),
              # A process may be shorter than a sample; the kernel's own peak is exact for the largest.
              "rss_largest_mb": round(max(peak["largest"] / 1e6, usage.ru_maxrss * 1024 / 1e6), 1), "rss_sum_mb": round(peak["sum"] / 1e6, 1),
              "foreign_load": round(foreign / wall / os.cpu_count(), 3), "status": os.waitstatus_to_exitcode(status)}
    if result["status"] != 0:
        result["output"] = output[-2000:]
    return result


MISSING = "MISSING: ./pgvigil is not there or not built; only the peers are measured"


def ours_is_missing(command):
    """The launcher may exist before the program does."""
    program = command.split()[0]
    path = os.path.join(PROJECT, program) if "/" in program else shutil.which(program)
    if not path or not os.access(path, os.X_OK):
        return True
    done = subprocess.run([path, "--version"], cwd=PROJECT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL)
    return done.returncode != 0


def summary(rounds):
    """Medians of the rounds that succeeded."""
    good = [r for r in rounds if r["status"] == 0]
    if not good:
        return None
    keys = [k for k, v in good[0].items() if isinstance(v, (int, float)) and k != "status"]
    medians = {k: round(statistics.median(r[k] for r in good), 3) for k in keys}
    medians.update(n=len(good), wall_min_s=min(r["wall_s"] for r in good), wall_max_s=max(r["wall_s"] for r in good))
    return medians


def interleave(contenders, rounds, run):
    """Each round runs every contender once and starts with another one, so that drift hits all alike."""
    names = list(contenders)
    results = {name: [] for name in names}
    for n in range(rounds):
        for name in names[n % len(names):] + names[:n % len(names)]:
            result = run(name, contenders[name])
            results[name].append(result)
            mark = "" if result["status"] == 0 else f"  FAILED with {result['status']}:\n{result['output']}"
            print(f"  round {n + 1}: {name}: {result['wall_s']:.2f} s{mark}", flush=True)
    return results


def table(results, base, columns):
    medians = {name: summary(rounds) for name, rounds in results.items()}
    first = medians[base]
    width = max(map(len, medians)) + 2
    print("\n" + "contender".ljust(width) + "".join(title.rjust(12) for title, _ in columns) + "ratio".rjust(8))
    for name, m in medians.items():
        if m is None:
            print(name.ljust(width) + "failed in every round")
            continue
        cells = "".join((f"{m[key]:,.2f}" if isinstance(m[key], float) else f"{m[key]:,}").rjust(12) for _, key in columns)
        print(name.ljust(width) + cells + (f"{m['wall_s'] / first['wall_s']:.2f}" if first else "-").rjust(8))
    loads = [r["foreign_load"] for rounds in results.values() for r in rounds]
    if max(loads) > 0.2:
        print(f"CAUTION: others used up to {max(loads):.0%} of this machine during a run; repeat when it is quiet")
    return medians


def finish(report, path, results):
    with open(path, "w") as f:
        json.dump(report, f, indent=2)
        f.write("\n")
    print("details: " + path)
    # A contender that failed makes the comparison worthless, whatever the table shows.
    sys.exit(1 if any(r["status"] != 0 for rounds in results.values() for r in rounds) else 0)


def work_folder(given):
    folder = given or f"/tmp/pgvigil-bench-{getpass.getuser()}"
    os.makedirs(folder, exist_ok=True)
    # The postgres user has to reach its data below this folder.
    os.chmod(folder, 0o755)
    return os.path.abspath(folder)


def pg_major(bin_folder):
    return int(re.search(r"\) (\d+)", version_of(bin_folder + "/pg_dump --version")).group(1))
