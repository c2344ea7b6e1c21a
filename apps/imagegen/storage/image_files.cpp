#include "imagegen/storage/image_files.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

#include "config/durable_file.h"
#include "core/ascii.h"
#include "core/assert.h"
#include "imagegen/storage/descriptor.h"

namespace godwit::imagegen {
namespace {

namespace asio = boost::asio;

constexpr std::size_t threads_count = 2;
constexpr std::size_t file_size_max = 1UL << 30;

constexpr std::array<std::pair<std::string_view, std::string_view>, 3> extensions{
    std::pair<std::string_view, std::string_view>{"image/png", ".png"},
    {"image/jpeg", ".jpg"},
    {"image/webp", ".webp"}};

std::string_view extension_of(std::string_view mime) {
  const auto* const found = std::find_if(extensions.begin(), extensions.end(),
                                         [&](const auto& each) { return each.first == mime; });
  return found == extensions.end() ? std::string_view() : found->second;
}

/// Whether an id can be a file name and nothing else: no separator, no dot, not too long.
bool is_plain(std::string_view id) {
  return id.size() >= 3 && id.size() <= 100 && std::all_of(id.begin(), id.end(), [](char c) {
           return ascii::is_letter(c) || ascii::is_digit(c) || c == '_' || c == '-';
         });
}

std::unexpected<Error> refuse_id(std::string_view id) {
  return fail(ErrorCode::not_found, "there is no image or task " + std::string(id.substr(0, 100)));
}

std::unexpected<Error> refuse(std::string_view what, const std::string& path) {
  const int error = errno;
  std::string text = "cannot " + std::string(what) + " " + path + ": " + std::strerror(error);
  if (error == ENOSPC || error == EDQUOT || error == EFBIG) {
    text += "; make room on the disk";
  } else if (error == EACCES || error == EPERM || error == EROFS) {
    text += "; check the permissions of the data directory";
  }
  return fail(ErrorCode::unavailable, text);
}

/// Threads that are made while this exists get no signals: those are the main thread's, and a write
/// beyond a file size limit is an error of the write instead of the end of the process.
class WithoutSignals {
 public:
  WithoutSignals() {
    sigset_t blocked;
    sigfillset(&blocked);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGPROF}) {
      sigdelset(&blocked, fault);
    }
    GODWIT_ASSERT(::pthread_sigmask(SIG_BLOCK, &blocked, &before_) == 0);
  }
  WithoutSignals(const WithoutSignals&) = delete;
  WithoutSignals& operator=(const WithoutSignals&) = delete;
  ~WithoutSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace

class ImageFiles::Impl : public std::enable_shared_from_this<Impl> {
 public:
  explicit Impl(std::string directory) : directory_(std::move(directory)) {
    const WithoutSignals threads_get_none;
    images_.pool.emplace(threads_count);
    spool_.pool.emplace(1);
  }

  void stop() {
    images_.pool->join();
    spool_.pool->join();
  }

  /// Threads, and how many pieces wait for them or are at work there.
  struct Lane {
    std::optional<asio::thread_pool> pool;
    std::atomic<std::size_t> waiting = 0;
  };
  Lane& images() { return images_; }
  /// Of its own: what was paid for must not wait until thumbnails of others are made, since it is
  /// lost if the process dies before.
  Lane& spool() { return spool_; }

  const std::string& directory() const { return directory_; }

  Result<void> open();

  std::string image_path(std::string_view id, std::string_view extension) const {
    return file_path("images", id, extension);
  }
  std::string thumbnail_path(std::string_view id) const { return file_path("thumbs", id, ".webp"); }
  std::string spool_path(std::string_view task_id, int run) const {
    return directory_ + "/spool/" + std::string(task_id) + "-" + std::to_string(run);
  }

  Result<void> write_file(const std::string& path, std::string_view bytes);
  static Result<std::string> read_file(const std::string& path);
  static Result<bool> remove_file(const std::string& path);

  /// Does `piece` on a thread of `lane` and goes on where the caller runs. The piece holds no
  /// reference to the caller's frame.
  template <typename T>
  asio::awaitable<Result<T>> on_thread(Lane& lane,
                                       std::move_only_function<Result<T>(Impl&)> piece) {
    const std::shared_ptr<Impl> self = shared_from_this();
    if (lane.waiting.fetch_add(1) >= waiting_max) {
      lane.waiting.fetch_sub(1);
      co_return fail(ErrorCode::unavailable, "more than " + std::to_string(waiting_max) +
                                                 " files wait to be read or written: try again");
    }
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Result<T>)>(
        [self, &lane](auto handler, auto work) {
          auto guard = asio::make_work_guard(handler.get_executor());
          asio::post(*lane.pool, [self, &lane, handler = std::move(handler), work = std::move(work),
                                  guard = std::move(guard)]() mutable {
            Result<T> result = work(*self);
            lane.waiting.fetch_sub(1);
            const auto executor = guard.get_executor();
            asio::post(executor, [handler = std::move(handler), result = std::move(result),
                                  guard = std::move(guard)]() mutable {
              std::move(handler)(std::move(result));
            });
          });
        },
        asio::use_awaitable, std::move(piece));
  }

 private:
  std::string file_path(std::string_view folder, std::string_view id,
                        std::string_view extension) const {
    // Ids are random at their end.
    std::string path = directory_ + "/";
    path += folder;
    path += "/";
    path += id.substr(id.size() - 2);
    path += "/";
    path += id;
    path += extension;
    return path;
  }

  Result<void> make_folder(const std::string& folder);

  std::string directory_;
  std::mutex folders_;
  std::atomic<std::uint64_t> partials_ = 0;
  Lane images_;
  Lane spool_;
};

Result<void> ImageFiles::Impl::open() {
  for (const std::string_view folder : {"images", "thumbs", "spool", "partial"}) {
    if (Result<void> made = make_directory(directory_ + "/" + std::string(folder)); !made) {
      return made;
    }
  }
  for (const std::string& folder :
       {directory_, directory_ + "/images", directory_ + "/thumbs", directory_ + "/spool"}) {
    if (!sync_directory(folder)) return refuse("use", folder);
  }
  // What a former process was writing when it ended. Nobody knows of these files.
  std::error_code error;
  for (std::filesystem::directory_iterator file(directory_ + "/partial", error), end;
       !error && file != end; file.increment(error)) {
    std::filesystem::remove(file->path(), error);
  }
  if (error) {
    return fail(ErrorCode::unavailable,
                "cannot clear " + directory_ + "/partial: " + error.message());
  }
  return {};
}

Result<void> ImageFiles::Impl::make_folder(const std::string& folder) {
  // Who finds a folder that another thread just made must not go on before it is durable.
  const std::lock_guard<std::mutex> turn(folders_);
  if (::mkdir(folder.c_str(), 0700) != 0) {
    if (errno == EEXIST) return {};
    return refuse("make the directory", folder);
  }
  if (!sync_directory(folder.substr(0, folder.rfind('/')))) return refuse("write", folder);
  return {};
}

Result<void> ImageFiles::Impl::write_file(const std::string& path, std::string_view bytes) {
  const std::string folder = path.substr(0, path.rfind('/'));
  if (Result<void> made = make_folder(folder); !made) return made;
  const std::string partial = directory_ + "/partial/" + std::to_string(partials_.fetch_add(1));
  const Descriptor file(
      ::open(partial.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return refuse("write", partial);
  if (!write_whole(file, bytes) || ::fsync(file.get()) != 0 ||
      ::rename(partial.c_str(), path.c_str()) != 0) {
    const auto refused = refuse("write", path);
    ::unlink(partial.c_str());
    return refused;
  }
  if (!sync_directory(folder)) return refuse("write", path);
  return {};
}

Result<std::string> ImageFiles::Impl::read_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file) {
    if (errno == ENOENT) {
      return fail(ErrorCode::not_found,
                  "there is no file " + path.substr(path.rfind('/') + 1) + " any more");
    }
    return refuse("read", path);
  }
  struct stat about{};
  if (::fstat(file.get(), &about) != 0) return refuse("read", path);
  if (!S_ISREG(about.st_mode) || static_cast<std::size_t>(about.st_size) > file_size_max) {
    return fail(ErrorCode::corrupt, path + " is no file of ours");
  }
  std::string bytes(static_cast<std::size_t>(about.st_size), '\0');
  const Result<std::size_t> size = read_some(file, bytes);
  if (!size) return refuse("read", path);
  bytes.resize(*size);
  return bytes;
}

Result<bool> ImageFiles::Impl::remove_file(const std::string& path) {
  if (::unlink(path.c_str()) == 0) return true;
  if (errno == ENOENT) return false;
  return refuse("remove", path);
}

ImageFiles::ImageFiles(asio::io_context&, std::string directory)
    : impl_(std::make_shared<Impl>(std::move(directory))) {}

ImageFiles::~ImageFiles() { impl_->stop(); }

Result<void> ImageFiles::open() { return impl_->open(); }

const std::string& ImageFiles::directory() const { return impl_->directory(); }

asio::awaitable<Result<void>> ImageFiles::spool(std::string task_id, int run, std::string bytes) {
  if (!is_plain(task_id)) co_return refuse_id(task_id);
  std::move_only_function<Result<void>(Impl&)> piece = [path = impl_->spool_path(task_id, run),
                                                        bytes = std::move(bytes)](Impl& impl) {
    return impl.write_file(path, bytes);
  };
  co_return co_await impl_->on_thread<void>(impl_->spool(), std::move(piece));
}

asio::awaitable<Result<std::optional<std::string>>> ImageFiles::spooled(std::string task_id,
                                                                        int run) {
  if (!is_plain(task_id)) co_return refuse_id(task_id);
  std::move_only_function<Result<std::optional<std::string>>(Impl&)> piece =
      [path = impl_->spool_path(task_id, run)](Impl&) -> Result<std::optional<std::string>> {
    Result<std::string> bytes = Impl::read_file(path);
    if (bytes) return std::move(*bytes);
    if (bytes.error().code == ErrorCode::not_found) return std::optional<std::string>();
    return std::unexpected(bytes.error());
  };
  co_return co_await impl_->on_thread<std::optional<std::string>>(impl_->spool(), std::move(piece));
}

asio::awaitable<Result<void>> ImageFiles::remove_spooled(std::string task_id, int run) {
  if (!is_plain(task_id)) co_return refuse_id(task_id);
  std::move_only_function<Result<void>(Impl&)> piece =
      [path = impl_->spool_path(task_id, run)](Impl&) -> Result<void> {
    const Result<bool> removed = Impl::remove_file(path);
    if (!removed) return std::unexpected(removed.error());
    return {};
  };
  co_return co_await impl_->on_thread<void>(impl_->spool(), std::move(piece));
}

asio::awaitable<Result<ImageInfo>> ImageFiles::save(std::string image_id, std::string bytes) {
  if (!is_plain(image_id)) co_return refuse_id(image_id);
  std::move_only_function<Result<ImageInfo>(Impl&)> piece =
      [id = std::move(image_id), bytes = std::move(bytes)](Impl& impl) -> Result<ImageInfo> {
    Result<ImageInfo> info = inspect_image(bytes);
    if (!info) return info;
    info->id = id;
    // The thumbnail first: it decodes the image, so what is stored can be shown.
    const Result<std::string> thumbnail = make_thumbnail(bytes, thumbnail_side);
    if (!thumbnail) return std::unexpected(thumbnail.error());
    if (Result<void> written = impl.write_file(impl.thumbnail_path(id), *thumbnail); !written) {
      return std::unexpected(written.error());
    }
    const std::string path = impl.image_path(id, extension_of(info->mime));
    if (Result<void> written = impl.write_file(path, bytes); !written) {
      return std::unexpected(written.error());
    }
    return info;
  };
  co_return co_await impl_->on_thread<ImageInfo>(impl_->images(), std::move(piece));
}

asio::awaitable<Result<std::string>> ImageFiles::read(std::string image_id, std::string mime) {
  const std::string_view extension = extension_of(mime);
  if (!is_plain(image_id) || extension.empty()) co_return refuse_id(image_id);
  std::move_only_function<Result<std::string>(Impl&)> piece =
      [path = impl_->image_path(image_id, extension)](Impl&) { return Impl::read_file(path); };
  co_return co_await impl_->on_thread<std::string>(impl_->images(), std::move(piece));
}

asio::awaitable<Result<std::string>> ImageFiles::read_thumbnail(std::string image_id) {
  if (!is_plain(image_id)) co_return refuse_id(image_id);
  std::move_only_function<Result<std::string>(Impl&)> piece =
      [path = impl_->thumbnail_path(image_id)](Impl&) { return Impl::read_file(path); };
  co_return co_await impl_->on_thread<std::string>(impl_->images(), std::move(piece));
}

asio::awaitable<Result<void>> ImageFiles::remove(std::string image_id) {
  if (!is_plain(image_id)) co_return refuse_id(image_id);
  std::move_only_function<Result<void>(Impl&)> piece =
      [id = std::move(image_id)](Impl& impl) -> Result<void> {
    // Each is tried, whatever became of the others.
    Result<void> all;
    const auto remove = [&](const std::string& path) {
      const Result<bool> removed = Impl::remove_file(path);
      if (!removed && all) all = std::unexpected(removed.error());
    };
    for (const auto& [mime, extension] : extensions) remove(impl.image_path(id, extension));
    remove(impl.thumbnail_path(id));
    return all;
  };
  co_return co_await impl_->on_thread<void>(impl_->images(), std::move(piece));
}

Result<std::string> ImageFiles::path(std::string_view image_id, std::string_view mime) const {
  const std::string_view extension = extension_of(mime);
  if (!is_plain(image_id) || extension.empty()) return refuse_id(image_id);
  std::string path = impl_->image_path(image_id, extension);
  struct stat about{};
  if (::lstat(path.c_str(), &about) == 0 && S_ISREG(about.st_mode)) return path;
  return refuse_id(image_id);
}

Result<std::uint64_t> ImageFiles::free_bytes() const {
  struct statvfs about{};
  if (::statvfs(directory().c_str(), &about) != 0) return refuse("look at", directory());
  return std::uint64_t{about.f_bavail} * about.f_frsize;
}

}  // namespace godwit::imagegen
