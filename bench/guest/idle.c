// A guest that does nothing for some seconds: `idle sleep N`, `idle server N`.
#include <netinet/in.h>
#include <string.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  int seconds = atoi(argv[2]);
  if (!strcmp(argv[1], "sleep")) {
    while (seconds) seconds = sleep(seconds);
    return 0;
  }
  // A server that waits for its first connection, until the alarm ends it.
  int s = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in any = {.sin_family = AF_INET};
  if (bind(s, (struct sockaddr *)&any, sizeof any) || listen(s, 8)) return 1;
  alarm(seconds);
  accept(s, 0, 0);
  return 0;
}
