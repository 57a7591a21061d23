// libuv closes descriptors with a system call of its own, which ThreadSanitizer does not see: to it the next
// opening of the number, by another thread's loop, is a race with the use of the descriptor that it was.
#if defined(__SANITIZE_THREAD__)
extern "C" const char* __tsan_default_suppressions() {
  return "race:^epoll_create1$\nrace:^epoll_ctl$\nrace:^pipe2$\nrace:^eventfd$\nrace:^socketpair$\n";
}
#endif
