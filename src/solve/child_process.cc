#include "solve/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/clock.h"

namespace nagare {
namespace {

constexpr size_t kMaxAnswerBytes = 4096;
constexpr size_t kMaxComplaintBytes = 2048;
constexpr int kPollMs = 20;
// Above stdin, stdout, stderr and the child's answer descriptor, whichever of them are closed here.
constexpr int kLowestPipeFd = 10;

class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  ~Fd() { close(); }
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  int get() const { return fd_; }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

struct Pipe {
  Fd read;
  Fd write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> low{};
  if (::pipe2(low.data(), O_CLOEXEC) != 0) return failure("no pipe ({})", std::strerror(errno));
  const Fd low_read(low[0]);
  const Fd low_write(low[1]);
  Pipe pipe{.read = Fd(::fcntl(low[0], F_DUPFD_CLOEXEC, kLowestPipeFd)),
            .write = Fd(::fcntl(low[1], F_DUPFD_CLOEXEC, kLowestPipeFd))};
  if (pipe.read.get() < 0 || pipe.write.get() < 0) return failure("no pipe ({})", std::strerror(errno));
  ::fcntl(pipe.read.get(), F_SETFL, O_NONBLOCK);
  return pipe;
}

// posix_spawn with its two option objects, which need freeing.
class Spawner {
 public:
  Spawner() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
  }
  ~Spawner() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  Spawner(const Spawner&) = delete;
  Spawner& operator=(const Spawner&) = delete;

  Result<pid_t> spawn(const std::vector<std::string>& arguments, int answer_fd, int complaint_fd) {
    posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions_, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, complaint_fd, 2);
    posix_spawn_file_actions_adddup2(&actions_, answer_fd, kChildAnswerFd);
    posix_spawn_file_actions_addclosefrom_np(&actions_, kChildAnswerFd + 1);
    sigset_t all;
    sigset_t none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(&attributes_,
                             POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    std::vector<char*> words;
    words.reserve(arguments.size() + 2);
    std::string program = "nagare";
    words.push_back(program.data());
    for (const std::string& word : arguments) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    pid_t pid = -1;
    const int error = posix_spawn(&pid, "/proc/self/exe", &actions_, &attributes_, words.data(), environ);
    if (error != 0) return failure("{}", std::strerror(error));
    return pid;
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

// Reads what is there. False at the end of the pipe.
bool drain(const Fd& fd, std::string& text) {
  std::array<char, 1024> bytes{};
  for (;;) {
    const ssize_t got = ::read(fd.get(), bytes.data(), bytes.size());
    if (got > 0) text.append(bytes.data(), static_cast<size_t>(got));
    if (got == 0) return false;
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    // Bounded whatever the child writes: of the answer its beginning counts, of the complaint its end.
    if (text.size() > 2 * kMaxAnswerBytes) text.erase(kMaxAnswerBytes / 2, text.size() - kMaxAnswerBytes);
  }
}

class Watch {
 public:
  Watch(pid_t pid, Pipe& answer, Pipe& complaint) : pid_(pid), answer_(answer), complaint_(complaint) {}

  ChildOutcome until(int64_t deadline_ns) {
    ChildOutcome outcome;
    // WNOWAIT: until it is reaped, its number, and so its group's, belongs to nobody else.
    siginfo_t ended{};
    bool reaped_by_system = false;
    while (ended.si_pid == 0 && !reaped_by_system && now_ns() < deadline_ns) {
      wait_for_news(deadline_ns);
      read(outcome);
      // ECHILD: SIGCHLD is ignored in this process; then the answer alone decides.
      const int waited = ::waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT);
      reaped_by_system = waited != 0 && errno == ECHILD;
    }
    outcome.timed_out = ended.si_pid == 0 && !reaped_by_system;
    if (!reaped_by_system) {
      ::kill(-pid_, SIGKILL);  // with whatever it started
      ::waitpid(pid_, &outcome.wait_status, 0);
    }
    read(outcome);
    outcome.answer.resize(std::min(outcome.answer.size(), kMaxAnswerBytes));
    if (outcome.complaint.size() > kMaxComplaintBytes) {
      outcome.complaint.erase(0, outcome.complaint.size() - kMaxComplaintBytes);
    }
    return outcome;
  }

 private:
  void wait_for_news(int64_t deadline_ns) {
    std::array<pollfd, 2> fds{
        pollfd{.fd = answer_open_ ? answer_.read.get() : -1, .events = POLLIN, .revents = 0},
        pollfd{.fd = complaint_open_ ? complaint_.read.get() : -1, .events = POLLIN, .revents = 0}};
    const int64_t left_ms = (deadline_ns - now_ns()) / 1'000'000 + 1;
    // With both pipes closed the child is about to be gone: look again soon.
    const int64_t longest_ms = answer_open_ || complaint_open_ ? kPollMs : 1;
    ::poll(fds.data(), fds.size(), static_cast<int>(std::clamp<int64_t>(left_ms, 0, longest_ms)));
  }
  void read(ChildOutcome& outcome) {
    if (answer_open_) answer_open_ = drain(answer_.read, outcome.answer);
    if (complaint_open_) complaint_open_ = drain(complaint_.read, outcome.complaint);
  }

  pid_t pid_;
  Pipe& answer_;
  Pipe& complaint_;
  bool answer_open_ = true;
  bool complaint_open_ = true;
};

}  // namespace

Result<ChildOutcome> run_child(const std::vector<std::string>& arguments, double deadline_seconds) {
  const int64_t deadline_ns = now_ns() + static_cast<int64_t>(deadline_seconds * 1e9);
  ASSIGN_OR_RETURN(Pipe answer, make_pipe());
  ASSIGN_OR_RETURN(Pipe complaint, make_pipe());
  ASSIGN_OR_RETURN(const pid_t pid, Spawner().spawn(arguments, answer.write.get(), complaint.write.get()));
  answer.write.close();
  complaint.write.close();
  return Watch(pid, answer, complaint).until(deadline_ns);
}

}  // namespace nagare
