#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"
#include "imagegen/domain/generation.h"
#include "imagegen/domain/settings.h"
#include "imagegen/domain/task.h"

namespace godwit::imagegen {

struct TaskFilter {
  std::optional<TaskStatus> status{};
  std::vector<std::string> ids{};                ///< Empty: all.
  std::optional<std::int64_t> after_revision{};  ///< Only those changed since.
  std::size_t offset = 0;
  std::size_t limit = 2'000;
};

/// An image as the gallery shows it.
struct GalleryItem {
  Task task;
  std::string generation_name;
  std::string prompt_id;
  std::string model;
  Timestamp created{};
};
struct GalleryFilter {
  std::string generation_id{};
  std::string prompt_id{};
  std::string model{};
  bool starred = false;
  std::string search{};     ///< Words that all stand in the prompt, in any case, of any script.
  std::string parameter{};  ///< With `value`.
  std::string value{};
  std::optional<Timestamp> from{}, to{};  ///< from <= created < to
  bool oldest_first = false;
  std::size_t offset = 0;
  std::size_t limit = 200;
};
struct GalleryPage {
  std::vector<GalleryItem> items;
  std::size_t total = 0;
};

/// What the gallery's filters can offer: what images were made of.
struct GalleryFacets {
  struct OfGeneration {
    std::string id;
    std::string name;
    std::size_t images = 0;
  };
  std::vector<OfGeneration> generations;                     ///< Newest first.
  std::vector<std::pair<std::string, std::string>> prompts;  ///< Id and name, of those there are.
  std::vector<std::string> models;
  std::vector<std::pair<std::string, std::vector<std::string>>> parameters;  ///< With values.
  static constexpr std::size_t values_max = 10'000;  ///< Of all parameters together.
};

/// A call of the webhook, as «Диагностика» shows it.
struct WebhookCall {
  Timestamp at{};
  std::string task_id;     ///< Empty: the call did not name one that can be believed.
  std::string message_id;  ///< Upstash-Message-Id
  int attempt = 0;         ///< Upstash-Retried + 1
  int status = 0;          ///< What was answered.
  std::string code;        ///< `done`, `already_running`, `signature_invalid`...
  Milliseconds duration{};
};

struct StorageUse {
  std::int64_t images = 0;
  std::int64_t image_bytes = 0;
};

/// The application's database: SQLite in WAL mode, synchronous=FULL: what returned success survives
/// a power cut. Rows that are found twice are an error, never silently replaced.
///
/// Threads: one, the io_context's; calls take about a millisecond and do not wait for others (the
/// database belongs to this process: a second one is refused at open()).
/// Errors, everywhere: unavailable with SQLite's text (disk full, I/O), corrupt; besides those
/// said.
class Storage {
 public:
  /// Opens or makes `directory`/imagegen.sqlite and brings its schema up to date.
  static Result<std::unique_ptr<Storage>> open(const std::string& directory);
  ~Storage();

  /// Runs `work` in one transaction; its error, or an exception, undoes all of it. Within another
  /// one's work it is a part of that. What fails inside must fail the work.
  Result<void> transaction(const std::function<Result<void>()>& work);

  /// Named values: settings as JSON, sealed secrets, fetched signing keys. nullopt removes.
  Result<std::optional<std::string>> value(std::string_view name);
  Result<void> set_value(std::string_view name, std::optional<std::string_view> value);
  /// The settings of the page; defaults when none were saved.
  Result<AppSettings> settings();
  Result<void> save_settings(const AppSettings& settings);

  /// conflict: another has the name. not_found, in update and remove: there is none.
  Result<std::vector<Parameter>> parameters();  ///< By name.
  Result<std::optional<Parameter>> parameter(std::string_view id);
  Result<void> insert(const Parameter& parameter);
  Result<void> update(const Parameter& parameter);
  Result<void> remove_parameter(std::string_view id);

  Result<std::vector<Prompt>> prompts();  ///< By name.
  Result<std::optional<Prompt>> prompt(std::string_view id);
  Result<void> insert(const Prompt& prompt);
  /// Keeps the content that was there as a version, if it differs; `version` is set by this.
  Result<Prompt> update(const Prompt& prompt);
  Result<void> remove_prompt(std::string_view id);
  /// Those before the one that counts, newest first; the latest prompt_versions_max are kept.
  Result<std::vector<PromptVersion>> prompt_versions(std::string_view id);
  static constexpr int prompt_versions_max = 200;

  Result<std::vector<Template>> templates();
  Result<void> insert(const Template& form);
  Result<void> remove_template(std::string_view id);

  /// One transaction.
  Result<void> insert(const Generation& generation, std::span<const Task> tasks);
  Result<std::vector<Generation>> generations();  ///< Newest first.
  Result<std::optional<Generation>> generation(std::string_view id);
  /// All but its prompts and parameters, which never change. Errors: not_found.
  Result<void> update(const Generation& generation);
  /// With its tasks and their image rows; returns the ids of the images, whose files are the
  /// caller's to remove.
  Result<std::vector<std::string>> remove_generation(std::string_view id);

  Result<std::optional<Task>> task(std::string_view id);
  Result<std::vector<Task>> tasks(std::string_view generation_id,
                                  const TaskFilter& filter);  ///< By index.
  Result<std::size_t> count_tasks(std::string_view generation_id, const TaskFilter& filter);
  /// Saves `task` if nobody changed it since it was read (by its revision), and sets its new
  /// revision. A new image was made when the task finished. Id, generation, index and time of
  /// creation never change. Errors: conflict, and nothing is changed; not_found.
  Result<void> update(Task& task);
  Result<void> remove_task(std::string_view id);
  Result<Summary> summary(std::string_view generation_id);
  Result<std::map<std::string, Summary>> summaries();  ///< By generation.
  /// The greatest revision of all tasks.
  Result<std::int64_t> revision();

  /// Tasks of all generations that are processing, or pending with a due time: what is on its way.
  Result<std::vector<Task>> tasks_under_way();
  /// Processing, with a lease that ended before `now`.
  Result<std::vector<Task>> lapsed_tasks(Timestamp now);
  /// The sum of costs of done tasks, and their mean duration; nullopt: none is done.
  struct Spent {
    std::int64_t cost_microusd = 0;
    std::optional<Milliseconds> mean_duration;
  };
  Result<Spent> spent(std::string_view generation_id);

  /// The ledger of calls to providers: written before the call goes out, so that a limit holds
  /// across restarts. Rows older than a day go by themselves.
  Result<void> add_call(std::string_view limit_key, std::string_view task_id, Timestamp started);
  Result<std::int64_t> calls_since(std::string_view limit_key, Timestamp since);
  /// When the `n`th latest call (1: the latest) began; nullopt: there were fewer.
  Result<std::optional<Timestamp>> nth_latest_call(std::string_view limit_key, std::int64_t n);
  /// The latest slot of this key: of calls made, and of due times of tasks under way. Waits between
  /// attempts are no slots: hours of them must not push back what is planned now.
  Result<std::optional<Timestamp>> last_slot(std::string_view limit_key);
  /// The smallest rate_limit of the generations of this key that have tasks under way.
  Result<std::optional<int>> smallest_rate_limit(std::string_view limit_key);

  Result<void> add_webhook_call(const WebhookCall& call);  ///< The latest 10,000 are kept.
  Result<std::vector<WebhookCall>> webhook_calls(
      std::string_view task_id, std::size_t limit);  ///< Newest first; an empty id: of all.

  Result<GalleryPage> gallery(const GalleryFilter& filter);
  /// Of one generation, or of all with an empty id.
  Result<GalleryFacets> gallery_facets(std::string_view generation_id);
  /// Marks or unmarks; returns how many there are of `image_ids`.
  Result<std::size_t> star(std::span<const std::string> image_ids, bool starred);
  /// Takes the image off its task, which stays done. not_found.
  Result<void> remove_image(std::string_view image_id);
  Result<std::optional<Task>> task_of_image(std::string_view image_id);
  /// Images made before `before`, oldest first.
  Result<std::vector<std::string>> images_before(Timestamp before, std::size_t limit);
  Result<StorageUse> use();

 private:
  class Impl;
  explicit Storage(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace godwit::imagegen
