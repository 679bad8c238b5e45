/** A root with nothing but a static busybox, compared with native. */
import { assertEquals } from "@std/assert";
import { busyboxRoot } from "../debian.ts";
import { sandbox } from "../sandbox.ts";
import { sameAsNative } from "./worlds.ts";

/** A script in a fresh root, which is removed afterwards. */
function script(name: string, text: string, expected?: string): void {
  Deno.test(`busybox: ${name}`, () =>
    withRoot((root) => sameAsNative(root, text, expected)));
}

async function withRoot(test: (root: string) => Promise<void>): Promise<void> {
  const root = busyboxRoot();
  try {
    await test(root);
  } finally {
    Deno.removeSync(root, { recursive: true });
  }
}

script(
  "text",
  `seq 20 | sort -rn | head -n 3 | tac | tr '\\n' ,; echo
echo 'a b c' | awk '{ print $3, $1 }' | sed 's/c/C/'; seq 3 | xargs echo
printf 'x\\ny\\n' | grep -n y; echo abc | md5sum; expr 6 '*' 7; cal 1 2000
head -c 3000 /dev/zero | gzip | gunzip | wc -c; echo hi | od -c`,
);

script(
  "files",
  `umask 022; mkdir -p d/e; echo hello > d/e/f; cp -a d copy; find copy | sort
tar cf t.tar d; tar tf t.tar; rm -r d; tar xf t.tar; cat d/e/f
ln -s d/e/f link; cat link; readlink link; chmod 600 link; stat -c '%a %s' d/e/f
mv copy other; ls other copy 2>&1; echo more >> d/e/f; wc -l d/e/f
mkfifo p; (echo fifo > p &); cat p; dd if=d/e/f bs=1 count=3 2>/dev/null`,
);

script("find / -xdev", "find / -xdev | grep -v ^/var | sort | cksum");

script(
  "shell",
  `f() { echo "in $1"; return 4; }; f x; echo $?
for i in 1 2 3; do case $i in 2) echo two;; *) echo other;; esac; done
trap 'echo trapped' USR1; kill -USR1 $$; (exit 3); echo $?
cat <<END | while read -r line; do echo "<$line>"; done
here
document
END
sleep 0.01 & wait $!; echo $?; echo $((0x10 + 5)); set -- a b; shift; echo "$@"
sh -c 'kill -KILL $$'; echo $?; echo *; (echo out; echo err >&2) 2>&1 | cat`,
);

Deno.test("busybox: what is written stays without an overlay", () =>
  withRoot(async (root) => {
    const command = ["/bin/sh", "-c", "echo kept > /root/file"];
    assertEquals(
      await sandbox(["run", root, "--", ...command]),
      { code: 0, stdout: "", stderr: "" },
    );
    assertEquals(Deno.readTextFileSync(`${root}/root/file`), "kept\n");
    await sandbox(["run", "--overlay", root, "--", "rm", "/root/file"]);
    assertEquals(Deno.readTextFileSync(`${root}/root/file`), "kept\n");
  }));
