/** Programs of a Debian root, compared with what they do natively. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { debianMissing, debianRoot } from "../debian.ts";
import { inSandbox, sameAsNative } from "./worlds.ts";

const missing = debianMissing();
if (missing !== null) console.log(`programs: left out: ${missing}`);

/** A test of one program. */
function program(name: string, run: (root: string) => Promise<void>): void {
  Deno.test({
    name: `Debian: ${name}`,
    ignore: missing !== null,
    fn: () => run(debianRoot()),
  });
}

/** A script whose output is what is expected, and what it is natively. */
function script(name: string, text: string, expected?: string): void {
  program(name, (root) => sameAsNative(root, text, expected));
}

const HELLO_C = `cat > hello.c <<'END'
#include <stdio.h>
int main(void) { puts("hello"); return 3; }
END
`;

script(
  "coreutils: text",
  `seq 100 | sort -rn | head -3 | tac | paste -sd,
printf 'b\\na\\nb\\n' | sort | uniq -c
printf 'one two\\n' | tr a-z A-Z | cut -d' ' -f2 | tee copy | wc
seq 10 | shuf | sort -n | split -n l/3 - part. && cat part.* | cksum
head -c 100000 /dev/zero | sha256sum
date -u -d @0 +%F; expr 6 '*' 7; factor 5040; numfmt --to=iec 1048576
printf '%s\\n' x y | nl; od -c copy; base64 copy | base64 -d`,
);

script(
  "coreutils: files",
  `umask 022
dd if=/dev/zero of=z bs=4k count=10 2>&1 | head -2
mkdir -p d/e/f; cp z d/e/f; cp -a d copy; mv copy/e copy/g; find copy | sort
ln -s z link; readlink -f link; ln z hard; stat -c '%h %s %a %F' z link
install -m 600 z private; stat -c %a private; chmod u+x,g=w private
stat -c %a private; touch -d 2020-01-01 old; date -u -r old +%Y
truncate -s 1M sparse; du --apparent-size -k sparse; shred -u sparse
ls sparse 2>&1; mkfifo p; (echo fifo > p &); cat p; rm -r d copy
rmdir d 2>&1; mkdir full; touch full/x; rmdir full 2>&1; test -w z && echo w
rmdir $(mktemp -d); realpath ../tmp/./z; comm z z | head -c 0; ls`,
);

script(
  "coreutils: processes",
  `timeout 0.1 sleep 5; echo $?; nice -n 5 nice; nohup true 2>&1
env -i A=b env; id -u; kill -l 15; sh -c 'kill -TERM $$'; echo $?
sleep 0.01 & wait $!; echo $?; sh -c 'exit 9'; echo $?; nproc > /dev/null
stdbuf -oL echo buffered; tty; arch; sync; true | false`,
);

script(
  "python3: threads that start processes",
  `python3 -c '
import subprocess, threading
results = []
def work(i):
    done = subprocess.run(["echo", str(i)], capture_output=True, text=True)
    results.append(done.stdout.strip())
threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
for t in threads: t.start()
for t in threads: t.join()
print(sorted(results))
'`,
  "['0', '1', '2', '3', '4', '5', '6', '7']\n",
);

script(
  "perl: files, pipes, fork and signals",
  `perl -e '
open(my $f, "<", "/etc/passwd") or die; my @lines = <$f>; print scalar(@lines), "\\n";
print join(",", map { $_ * 2 } grep { $_ % 2 } 1 .. 9), "\\n", \`echo sub\`;
local $SIG{USR1} = sub { print "signal\\n" }; kill USR1 => $$;
my $pid = fork; exit 7 if $pid == 0; waitpid $pid, 0; print $? >> 8, "\\n";
'`,
);

script("find / -xdev", "find / -xdev -printf '%y %p %l\\n' | sort | cksum");

script(
  "tar: there and back",
  `tar -C /etc -czf etc.tgz . && mkdir x && tar -C x -xzf etc.tgz
diff -r --no-dereference /etc x && echo same; tar -tzf etc.tgz | sort | cksum`,
);

script(
  "gcc hello.c && ./a.out",
  `${HELLO_C}gcc -O2 hello.c && ./a.out; echo $?
gcc -static -pthread -o static hello.c && ./static; echo $?
echo 'int main(' > bad.c; gcc bad.c 2>/dev/null; echo $?`,
  "hello\n3\nhello\n3\n1\n",
);

script(
  "git: init, commit, log, clone",
  `export GIT_AUTHOR_DATE='1000000000 +0000' GIT_COMMITTER_DATE='1000000000 +0000'
git init -q -b main r && cd r
git config user.email a@example.org && git config user.name A
echo a > f && git add f && git commit -q -m one
echo b >> f && git commit -qam two && git log --format='%H %s'
git status --short && git fsck && git clone -q . ../clone && git gc -q
cd ../clone && git diff HEAD~1 | tail -3 && git log --oneline | wc -l`,
);

script(
  "make -j2",
  `${HELLO_C}for i in a b c d e f; do cp hello.c $i.c; done
cat > Makefile <<'END'
all: a b c d e f
%: %.c
	gcc -o $@ $<
END
make -j2 | sort && for i in a b c d e f; do ./$i; done
make; echo 'all: ; false' > bad; make -f bad 2>/dev/null; echo $?`,
);

script(
  "sqlite3: tables, transactions, a second process",
  `sqlite3 t.db 'create table t(a, b); insert into t values (1, 2), (3, 4);
begin; delete from t; rollback; select sum(a * b) from t;'
sqlite3 t.db 'pragma journal_mode=wal; insert into t values (5, 6);
select count(*) from t; pragma integrity_check;' && ls t.db`,
  "14\nwal\n3\nok\nt.db\n",
);

script(
  "node: timers, files, workers, children",
  `node -e '
const { execSync } = require("child_process");
const { Worker } = require("worker_threads");
console.log(execSync("echo child").toString().trim());
const worker = new Worker("require(\\"worker_threads\\").parentPort.postMessage(1)", { eval: true });
worker.once("message", (m) => setTimeout(async () => {
  console.log("worker", m);
  const server = require("net").createServer((s) => s.end("served")).listen(0, "127.0.0.1", () =>
    require("net").connect(server.address().port, "127.0.0.1").on("data", (d) => {
      console.log(String(d));
      server.close();
    }));
}, 10));
'`,
  "child\nworker 1\nserved\n",
);

program("java -version", async (root) => {
  const { code, stderr } = await inSandbox(root, ["java", "-version"]);
  assertMatch(stderr, /^openjdk version "17\./);
  assertEquals(code, 0);
});

script(
  "go run: a hundred goroutines",
  `mkdir g && cat > g/main.go <<'END'
package main

import (
	"fmt"
	"sync"
)

func main() {
	var group sync.WaitGroup
	squares := make(chan int, 100)
	for i := 0; i < 100; i++ {
		group.Add(1)
		go func(i int) { defer group.Done(); squares <- i * i }(i)
	}
	group.Wait()
	close(squares)
	sum := 0
	for s := range squares {
		sum += s
	}
	fmt.Println(sum)
}
END
cd g && go run main.go`,
  "328350\n",
);

program("ps, top and free see the sandbox only", async (root) => {
  const argv = ["sh", "-c", "ps -e -o pid=,comm=; top -bn1 | wc -l; free -b"];
  const { code, stdout } = await inSandbox(root, argv);
  assertMatch(stdout, /^ +1 sh\n +\d+ ps\n/);
  assert(/Mem: +[1-9]\d+ /.test(stdout), stdout);
  assertEquals(code, 0);
});
