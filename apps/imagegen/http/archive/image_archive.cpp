#include "imagegen/http/archive/image_archive.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <set>
#include <system_error>

#include "core/json_out.h"
#include "imagegen/http/archive/csv.h"
#include "imagegen/http/archive/file_names.h"
#include "imagegen/http/archive/zip_writer.h"
#include "imagegen/http/wire/iso_time.h"
#include "imagegen/http/wire/shapes.h"

namespace godwit::imagegen {
namespace {

namespace asio = boost::asio;

constexpr std::size_t page_size = 200;

/// An open file; closed with it.
class File {
 public:
  File() = default;
  explicit File(const std::string& path) : file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  File(File&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(file_, other.file_);
    return *this;
  }
  ~File() {
    if (file_ >= 0) ::close(file_);
  }

  bool is_open() const { return file_ >= 0; }

  /// What the system says; -1: it does not.
  std::int64_t size() const {
    struct stat status{};
    return ::fstat(file_, &status) == 0 ? status.st_size : -1;
  }

  /// Reads up to `bytes.size()` bytes and shortens `bytes` to what came; empty at the end.
  Result<void> read(std::string& bytes) {
    ssize_t count = 0;
    do {
      count = ::read(file_, bytes.data(), bytes.size());
    } while (count < 0 && errno == EINTR);
    if (count < 0) {
      return fail(ErrorCode::unavailable,
                  "an image cannot be read: " + std::generic_category().message(errno));
    }
    bytes.resize(static_cast<std::size_t>(count));
    return {};
  }

 private:
  int file_ = -1;
};

/// An image that is to go into the archive.
struct Item {
  Task task;
  std::string generation_name;
  std::string model;
  std::string file_name;
};

class ImageArchive final : public BodySource {
 public:
  ImageArchive(World& world, asio::thread_pool& readers, ArchiveContent content)
      : world_(world), readers_(readers), content_(std::move(content)) {}

  asio::awaitable<Result<std::optional<std::string>>> next() override {
    while (true) {
      if (zip_.waiting() >= archive_piece_max || (stage_ == Stage::closed && zip_.waiting() > 0)) {
        co_return take_piece();
      }
      if (stage_ == Stage::closed) co_return std::nullopt;
      // Rows come from the database, which belongs to this thread; bytes from the disk, which may
      // make one wait.
      if (stage_ == Stage::images && file_.is_open()) {
        Result<void> copied =
            co_await asio::co_spawn(readers_, copy_piece(*this), asio::use_awaitable);
        if (!copied) co_return std::unexpected(copied.error());
      } else if (Result<void> advanced = advance(); !advanced) {
        co_return std::unexpected(advanced.error());
      }
    }
  }

  // An archive has an end: it is sent to it while the server's patience lasts.
  void stop() override {}

 private:
  enum class Stage { images, csv, metadata, closed };

  Result<std::optional<std::string>> take_piece() {
    std::string piece = zip_.take();
    return piece;
  }

  static asio::awaitable<Result<void>> copy_piece(ImageArchive& self) {
    std::string bytes(archive_piece_max, '\0');
    if (Result<void> read = self.file_.read(bytes); !read) co_return read;
    if (bytes.empty()) {
      self.file_ = File();
      co_return self.zip_.end();
    }
    co_return self.zip_.write(bytes);
  }

  /// One step on the io_context: the next image, or the next page of a list.
  Result<void> advance() {
    switch (stage_) {
      case Stage::images:
        return next_image();
      case Stage::csv:
        return next_csv_page();
      case Stage::metadata:
        return next_metadata_page();
      case Stage::closed:
        break;
    }
    return {};
  }

  Result<void> next_image() {
    if (position_ == page_.size()) {
      Result<void> loaded = load_page();
      if (!loaded) return loaded;
      if (page_.empty()) {
        rewind();
        stage_ = Stage::csv;
        Result<void> begun = zip_.begin("prompts.csv", world_.clock.now(), std::nullopt);
        if (!begun) return begun;
        std::string head(byte_order_mark);
        append_csv(head, {"file", "number", "status", "prompt", "parameters", "model", "seed",
                          "width", "height", "generation", "created", "error"});
        return zip_.write(head);
      }
    }
    const Item& item = page_[position_++];
    if (!item.task.image) return {};
    const Result<std::string> path = world_.files.path(item.task.image->id, item.task.image->mime);
    if (path) file_ = File(*path);
    if (!file_.is_open()) {
      missing_.insert(item.task.id);
      return {};
    }
    const std::int64_t size = file_.size();
    if (size < 0) return fail(ErrorCode::unavailable, "an image's size cannot be read");
    return zip_.begin(item.file_name, item.task.finished.value_or(item.task.created),
                      static_cast<std::uint64_t>(size));
  }

  Result<void> next_csv_page() {
    Result<void> loaded = load_page();
    if (!loaded) return loaded;
    if (page_.empty()) {
      if (Result<void> ended = zip_.end(); !ended) return ended;
      rewind();
      stage_ = Stage::metadata;
      if (Result<void> begun = zip_.begin("metadata.json", world_.clock.now(), std::nullopt);
          !begun) {
        return begun;
      }
      return zip_.write(metadata_head());
    }
    std::string text;
    for (const Item& item : page_) {
      const Task& task = item.task;
      std::string variant;
      for (const auto& [name, value] : task.variant) {
        variant += fmt::format("{}{}={}", variant.empty() ? "" : "; ", name, value);
      }
      append_csv(text,
                 {has_file(item) ? item.file_name : std::string(), std::to_string(task.index + 1),
                  std::string(to_string(task.status)), task.prompt, variant, item.model,
                  task.seed ? std::to_string(*task.seed) : std::string(),
                  task.image ? std::to_string(task.image->width) : std::string(),
                  task.image ? std::to_string(task.image->height) : std::string(),
                  item.generation_name, task.finished ? iso_time(*task.finished) : std::string(),
                  task.error ? task.error->message : std::string()});
    }
    return zip_.write(text);
  }

  Result<void> next_metadata_page() {
    Result<void> loaded = load_page();
    if (!loaded) return loaded;
    if (page_.empty()) {
      if (Result<void> written = zip_.write("]}\n"); !written) return written;
      if (Result<void> ended = zip_.end(); !ended) return ended;
      stage_ = Stage::closed;
      return zip_.close();
    }
    std::string text;
    for (const Item& item : page_) {
      text += first_row_ ? "\n" : ",\n";
      first_row_ = false;
      JsonWriter out(text);
      out.begin_object();
      write_text_or_null(out, "file", has_file(item) ? item.file_name : std::string());
      out.member("generationName", item.generation_name);
      out.member("model", item.model);
      write_task_members(out, item.task, {});
      out.end_object();
    }
    return zip_.write(text);
  }

  bool has_file(const Item& item) const {
    return item.task.image && !missing_.contains(item.task.id);
  }

  std::string metadata_head() {
    std::string text = "{\"generation\":";
    if (generation_) {
      JsonWriter out(text);
      GenerationView view;
      view.generation = *generation_;
      if (Result<Summary> summary = world_.storage.summary(generation_->id); summary) {
        view.summary = *summary;
      }
      if (Result<Storage::Spent> spent = world_.storage.spent(generation_->id); spent) {
        view.actual_microusd = spent->cost_microusd;
        view.estimated_microusd = spent->cost_microusd;
        view.mean_duration = spent->mean_duration;
      }
      write_generation(out, view);
    } else {
      text += "null";
    }
    text += ",\"images\":[";
    return text;
  }

  void rewind() {
    offset_ = 0;
    position_ = 0;
    page_.clear();
  }

  /// The next page; empty: there are no more.
  Result<void> load_page() {
    page_.clear();
    position_ = 0;
    return content_.generation_id.empty() ? load_chosen() : load_tasks();
  }

  Result<void> load_tasks() {
    if (!generation_) {
      Result<std::optional<Generation>> found = world_.storage.generation(content_.generation_id);
      if (!found) return std::unexpected(found.error());
      if (!*found) return fail(ErrorCode::not_found, "the generation was deleted");
      generation_ = std::move(**found);
    }
    TaskFilter filter;
    filter.offset = offset_;
    filter.limit = page_size;
    Result<std::vector<Task>> tasks = world_.storage.tasks(content_.generation_id, filter);
    if (!tasks) return std::unexpected(tasks.error());
    offset_ += tasks->size();
    for (Task& task : *tasks) {
      Item item;
      item.file_name = image_file_name(task.index + 1, task.prompt,
                                       task.image ? task.image->mime : std::string());
      item.generation_name = generation_->name;
      item.model = generation_->options.model;
      item.task = std::move(task);
      page_.push_back(std::move(item));
    }
    return {};
  }

  Result<void> load_chosen() {
    while (page_.size() < page_size && offset_ < content_.image_ids.size()) {
      const std::string& id = content_.image_ids[offset_++];
      Result<std::optional<Task>> task = world_.storage.task_of_image(id);
      if (!task) return std::unexpected(task.error());
      if (!*task || !(*task)->image) continue;  // Deleted since it was chosen.
      Result<std::optional<Generation>> generation =
          world_.storage.generation((*task)->generation_id);
      if (!generation) return std::unexpected(generation.error());
      if (!*generation) continue;
      Item item;
      item.file_name =
          image_file_name(static_cast<int>(offset_), (*task)->prompt, (*task)->image->mime);
      item.generation_name = (*generation)->name;
      item.model = (*generation)->options.model;
      item.task = std::move(**task);
      page_.push_back(std::move(item));
    }
    return {};
  }

  World& world_;
  asio::thread_pool& readers_;
  ArchiveContent content_;
  ZipWriter zip_;
  Stage stage_ = Stage::images;
  File file_;
  std::optional<Generation> generation_;
  std::vector<Item> page_;
  std::size_t position_ = 0;       // In the page.
  std::size_t offset_ = 0;         // Of the next page.
  std::set<std::string> missing_;  // Tasks whose image's file is gone.
  bool first_row_ = true;
};

}  // namespace

std::shared_ptr<BodySource> make_image_archive(World& world, asio::thread_pool& readers,
                                               ArchiveContent content) {
  return std::make_shared<ImageArchive>(world, readers, std::move(content));
}

}  // namespace godwit::imagegen
