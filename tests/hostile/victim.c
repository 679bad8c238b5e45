/* Runs `hostile CASE`, says how it ended, and checks that it can still work itself. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
  char *mine = mmap(NULL, 1 << 20, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memset(mine, 'v', 1 << 20);
  pid_t pid = fork();
  if (pid == 0) {
    execl("/hostile", "hostile", argc > 1 ? argv[1] : "", NULL);
    _exit(127);
  }
  int status, well = 1;
  for (int i = 0; waitpid(pid, &status, WNOHANG) == 0; i++) {
    usleep(10000);
    /* It may have spoilt itself so that it never ends. */
    if (i == 300) kill(pid, SIGKILL);
  }
  if (WIFEXITED(status)) printf("it exited with %d\n", WEXITSTATUS(status));
  else printf("it was killed by %d\n", WTERMSIG(status));
  for (int i = 0; i < 1 << 20; i++) well &= mine[i] == 'v';
  pid = fork();
  if (pid == 0) _exit(3);
  well &= waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 3;
  puts(well ? "the victim is well" : "the victim suffers");
  return 0;
}
