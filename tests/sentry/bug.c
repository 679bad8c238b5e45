/* A child makes the call whose handler has a bug; the parent says what came of it. */
#include <pthread.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void *sibling(void *arg) {
  for (;;) pause();
  return arg;
}

int main(void) {
  pid_t pid = fork();
  if (pid == 0) {
    pthread_t thread;
    pthread_create(&thread, NULL, sibling, NULL);
    syscall(SYS_uselib, 0);
    _exit(0);
  }
  int status;
  waitpid(pid, &status, 0);
  printf("killed by %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
  pid = fork();
  if (pid == 0) _exit(5);
  waitpid(pid, &status, 0);
  printf("the next one exits with %d\n", WEXITSTATUS(status));
  return 0;
}
