// Nothing: for what it costs to start a program.
int main(void) { return 0; }
