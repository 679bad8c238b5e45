/**
 * Root file systems for the tests: a Debian one, made once by debootstrap and
 * kept in the user's cache directory, and a busybox one.
 *
 * Debian's mirror is the machine's own (apt's sources), or debootstrap's where
 * the machine is not a Debian.
 */
import { run as runProgram } from "../tools/run.ts";

const SUITE = "bookworm";

/** What the programs under test need; their dependencies come along. */
const PACKAGES = [
  "busybox",
  "gcc",
  "git",
  "golang-go",
  "libc6-dev",
  "libpython3.11-testsuite",
  "make",
  "nodejs",
  "openjdk-17-jre-headless",
  "perl",
  "procps",
  "python3",
  "sqlite3",
  "vim-tiny",
];

/** Run in the new root after the packages: what a first use would compile. */
const PREPARE = `
printf '127.0.0.1 localhost\\n::1 localhost\\n' > /etc/hosts
mkdir -p /root/hello && cd /root/hello
cat > main.go <<'END'
package main

import (
  "fmt"
  "sync"
)

func main() { var group sync.WaitGroup; group.Wait(); fmt.Println() }
END
export GOCACHE=/var/cache/go-build
HOME=/root GO111MODULE=off go run main.go
chmod -R a+rwX $GOCACHE
rm -r /root/hello
rm -f /etc/resolv.conf /var/cache/apt/*.bin /var/cache/apt/archives/*.deb
`;

/** dpkg: no fsync, no documents, no translations. */
const DPKG_CONFIG = `force-unsafe-io
path-exclude=/usr/share/doc/*
path-exclude=/usr/share/man/*
path-exclude=/usr/share/info/*
path-exclude=/usr/share/locale/*
`;

/** Why there is no Debian root here, or null: making one needs root. */
export function debianMissing(): string | null {
  if (isDirectory(debianPath()) || asRoot() !== null) return null;
  return "making a Debian root needs root or sudo";
}

/** The Debian root's path; installs it the first time (some minutes). */
export function debianRoot(): string {
  const path = debianPath();
  if (isDirectory(path)) return path;
  const prefix = asRoot();
  if (prefix === null) throw new Error(debianMissing() ?? "");
  needProgram("debootstrap", "debootstrap");
  const started = performance.now();
  const work = `${path}.${Deno.pid}`;
  Deno.mkdirSync(work, { recursive: true });
  try {
    show("a base system by debootstrap (once; kept in the cache directory)");
    bootstrap(prefix, work);
    show(`packages: ${PACKAGES.join(" ")}`);
    install(prefix, work);
    Deno.renameSync(work, path);
  } catch (error) {
    step([...prefix, "rm", "-rf", "--one-file-system", work]);
    throw error;
  }
  const seconds = Math.round((performance.now() - started) / 1000);
  show(`made in ${seconds} s: ${path}`);
  return path;
}

/** A fresh root with a static busybox and little else. The caller removes it. */
export function busyboxRoot(): string {
  const busybox = needStaticBusybox();
  const root = Deno.makeTempDirSync({ dir: "/var/tmp", prefix: "busybox." });
  Deno.chmodSync(root, 0o755);
  for (const name of ["bin", "dev", "etc", "proc", "root", "sys", "tmp"]) {
    Deno.mkdirSync(`${root}/${name}`);
  }
  Deno.copyFileSync(busybox, `${root}/bin/busybox`);
  Deno.chmodSync(`${root}/bin/busybox`, 0o755);
  const { output } = step([busybox, "--list"]);
  for (const applet of output.trim().split("\n")) {
    if (applet !== "busybox") {
      Deno.symlinkSync("busybox", `${root}/bin/${applet}`);
    }
  }
  Deno.writeTextFileSync(
    `${root}/etc/passwd`,
    "root:x:0:0:root:/root:/bin/sh\n",
  );
  Deno.writeTextFileSync(`${root}/etc/group`, "root:x:0:\n");
  return root;
}

/** The prefix that makes a command line run as root, or null if there is none. */
export function asRoot(): string[] | null {
  if (Deno.uid() === 0) return [];
  return runProgram(["sudo", "-n", "true"], { capture: true }).code === 0
    ? ["sudo", "-n"]
    : null;
}

/** Installs a Debian package unless its program is on PATH. */
export function needProgram(program: string, name: string): void {
  if (found(program)) return;
  const prefix = asRoot();
  if (prefix === null) {
    throw new Error(`${program} is missing: install ${name}`);
  }
  show(`installing ${name}`);
  const install = [...prefix, "apt-get", "install", "-y", name];
  if (runProgram(install, { capture: true }).code === 0) return;
  step([...prefix, "apt-get", "update"]);
  step(install);
}

function needStaticBusybox(): string {
  const path = "/usr/bin/busybox";
  const isStatic = () =>
    isFile(path) && !dynamic(Deno.readFileSync(path).subarray(0, 1024));
  if (isStatic()) return path;
  needProgram("busybox-is-not-static", "busybox-static");
  if (isStatic()) return path;
  if (isFile("/bin/busybox")) return "/bin/busybox";
  throw new Error("busybox-static installed no busybox");
}

/** Whether an ELF file's head names an interpreter. */
function dynamic(head: Uint8Array): boolean {
  return new TextDecoder("latin1").decode(head).includes("/ld-linux");
}

function bootstrap(prefix: string[], work: string): void {
  const mirror = aptMirror();
  const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
  step([
    ...prefix,
    ...proxy(),
    "debootstrap",
    "--variant=minbase",
    isFile(keyring) ? `--keyring=${keyring}` : "--no-check-gpg",
    SUITE,
    work,
    ...(mirror === null ? [] : [mirror]),
  ]);
}

function install(prefix: string[], work: string): void {
  const script = `set -e
printf '%s' '${DPKG_CONFIG}' > "$0/etc/dpkg/dpkg.cfg.d/tests"
cp /etc/resolv.conf "$0/etc/resolv.conf"
mount -t proc proc "$0/proc"
export DEBIAN_FRONTEND=noninteractive
chroot "$0" apt-get update
chroot "$0" apt-get install -y --no-install-recommends ${PACKAGES.join(" ")}
chroot "$0" sh -c "$1"
chmod 755 "$0"`;
  const inNamespace = ["unshare", "--mount", "--pid", "--fork"];
  step([
    ...prefix,
    ...proxy(),
    ...inNamespace,
    "sh",
    "-c",
    script,
    work,
    PREPARE,
  ]);
}

/** `env` with the proxy that apt has been told to use, if any. */
function proxy(): string[] {
  const argv = ["apt-config", "dump", "--format", "%v", "Acquire::http::Proxy"];
  const { output } = runProgram(argv, { capture: true });
  const value = output.trim();
  return ["env", ...(/^https?:/.test(value) ? [`http_proxy=${value}`] : [])];
}

/** The mirror that the machine's own apt takes SUITE's packages from, or null. */
function aptMirror(): string | null {
  for (const file of aptSources()) {
    const text = Deno.readTextFileSync(file).replace(/^\s*#.*$/gm, "");
    for (const stanza of text.split(/\n\s*\n/)) {
      const suites = /^Suites:(.*)$/m.exec(stanza)?.[1].trim().split(/\s+/);
      const uri = /^URIs:\s*(\S+)/m.exec(stanza)?.[1];
      if (uri !== undefined && suites?.includes(SUITE)) return uri;
    }
    const line = new RegExp(
      `^deb\\s+(?:\\[.*?\\]\\s*)?(\\S+)\\s+${SUITE}\\s`,
      "m",
    );
    const uri = line.exec(text)?.[1];
    if (uri !== undefined) return uri;
  }
  return null;
}

function aptSources(): string[] {
  const files = ["/etc/apt/sources.list"];
  const folder = "/etc/apt/sources.list.d";
  if (isDirectory(folder)) {
    for (const { name } of Deno.readDirSync(folder)) {
      files.push(`${folder}/${name}`);
    }
  }
  return files.filter(isFile);
}

/** Where the root lies: its name changes with what goes into it. */
function debianPath(): string {
  const home = Deno.env.get("HOME") ?? "/var/tmp";
  const cache = Deno.env.get("XDG_CACHE_HOME") ?? `${home}/.cache`;
  const recipe = hash(SUITE + PACKAGES.join() + PREPARE + DPKG_CONFIG);
  return `${cache}/sandbox-tests/debian-${recipe}`;
}

/** FNV-1a in hexadecimal: a name, no protection. */
function hash(text: string): string {
  let h = 0x811c9dc5;
  for (const c of text) h = Math.imul(h ^ c.charCodeAt(0), 0x01000193) >>> 0;
  return h.toString(16).padStart(8, "0");
}

/** Runs one step to its end; its output is shown only if it fails. */
function step(argv: string[]): { output: string } {
  const { code, output } = runProgram(argv, { capture: true });
  if (code === 0) return { output };
  const tail = output.split("\n").slice(-30).join("\n");
  throw new Error(`${argv.slice(0, 6).join(" ")}: code ${code}\n${tail}`);
}

function show(line: string): void {
  console.log(`debian root: ${line}`);
}

function found(program: string): boolean {
  const path = Deno.env.get("PATH") ?? "/usr/sbin:/usr/bin:/sbin:/bin";
  return `${path}:/usr/sbin:/sbin`.split(":")
    .some((folder) => isFile(`${folder}/${program}`));
}

function isDirectory(path: string): boolean {
  return stat(path)?.isDirectory ?? false;
}

function isFile(path: string): boolean {
  return stat(path)?.isFile ?? false;
}

function stat(path: string): Deno.FileInfo | null {
  try {
    return Deno.statSync(path);
  } catch {
    return null;
  }
}
