//! The help center and the community of the account: whole rows, made once, when they are first asked for.
//! It refuses to know who may see them; the endpoints do.

mod articles;
mod community;
mod content;
mod opinions;

use serde_json::{Value, json};

use crate::clock::{DAY, iso_text};
use crate::random::Dice;
use crate::zendesk::account::{Account, sparse_id};

/// The independent number streams of the help center and the community.
const STREAM: u64 = 60;

/// The language in which everything is written first.
pub(crate) const DEFAULT_LOCALE: &str = "en-us";
pub(crate) const LOCALES: [&str; 3] = [DEFAULT_LOCALE, "de", "ja"];

/// Every table of the help center and the community.
#[derive(Debug, Default)]
pub(crate) struct Guide {
    pub(crate) categories: Vec<Value>,
    pub(crate) sections: Vec<Value>,
    pub(crate) articles: Vec<Value>,
    pub(crate) category_translations: Vec<Value>,
    pub(crate) section_translations: Vec<Value>,
    pub(crate) article_translations: Vec<Value>,
    pub(crate) article_attachments: Vec<Value>,
    pub(crate) article_comments: Vec<Value>,
    pub(crate) labels: Vec<Value>,
    pub(crate) user_segments: Vec<Value>,
    pub(crate) permission_groups: Vec<Value>,
    pub(crate) content_tags: Vec<Value>,
    pub(crate) service_catalog_items: Vec<Value>,
    pub(crate) themes: Vec<Value>,
    pub(crate) redirect_rules: Vec<Value>,
    pub(crate) topics: Vec<Value>,
    pub(crate) posts: Vec<Value>,
    pub(crate) post_comments: Vec<Value>,
    /// On articles, posts and the comments below them.
    pub(crate) votes: Vec<Value>,
    /// To articles, sections, posts and topics.
    pub(crate) subscriptions: Vec<Value>,
}

/// What rows of a kind are called in ids, so that ids of different kinds never meet.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Category = 1,
    Section,
    Article,
    Translation,
    Attachment,
    Comment,
    Label,
    Segment,
    PermissionGroup,
    Topic,
    Post,
    PostComment,
    Vote,
    Subscription,
}

/// What the makers of rows share.
struct Maker<'a> {
    account: &'a Account,
    /// People who still exist, staff apart.
    readers: Vec<u32>,
}

impl Maker<'_> {
    fn id(&self, kind: Kind, index: usize) -> i64 {
        sparse_id(
            self.account.seed,
            STREAM + kind as u64,
            10_000_000_000_000 + kind as i64 * 500_000_000_000,
            1_300_021,
            index as u64,
        )
    }

    fn dice(&self, kind: Kind, index: usize) -> Dice {
        Dice::new(
            self.account.seed,
            STREAM + kind as u64,
            index as u64 + (1 << 40),
        )
    }

    /// A member of staff.
    fn writer(&self, index: usize) -> i64 {
        self.account
            .user_id((index as u32 * 3) % self.account.staff)
    }

    fn reader(&self, dice: &mut Dice) -> i64 {
        self.account.user_id(*dice.pick(&self.readers))
    }

    /// A moment at a fraction of the account's life.
    fn moment(&self, fraction: f64) -> i64 {
        self.account.time_at(fraction)
    }

    /// Some time after a moment, never later than the account's history.
    fn later(&self, moment: i64, dice: &mut Dice, days: u64) -> i64 {
        let passed = dice.below(days * DAY.unsigned_abs()) as i64 + 60;
        (moment + passed).min(self.account.settled)
    }
}

impl Account {
    /// The help center and the community.
    pub(crate) fn guide(&self) -> &Guide {
        self.guide.get_or_init(|| Guide::generate(self))
    }
}

impl Guide {
    fn generate(account: &Account) -> Self {
        let readers = (account.staff..account.users)
            .filter(|index| account.user(*index).active)
            .collect();
        let maker = Maker { account, readers };
        let mut guide = Self::default();
        content::fill(&mut guide, &maker);
        articles::fill(&mut guide, &maker);
        community::fill(&mut guide, &maker);
        guide
    }

    /// All rows of a table, drafts included; `None` for a table that is not of the help center.
    pub(crate) fn truth(&self, table: &str) -> Option<Vec<Value>> {
        let of = |rows: &[Value], key: &str, value: &str| -> Vec<Value> {
            rows.iter()
                .filter(|row| row[key] == value)
                .cloned()
                .collect()
        };
        Some(match table {
            "categories" => self.categories.clone(),
            "sections" => self.sections.clone(),
            "articles" => self.articles.clone(),
            "category_translations" => self.category_translations.clone(),
            "section_translations" => self.section_translations.clone(),
            "article_translations" => self.article_translations.clone(),
            "article_attachments" => self.article_attachments.clone(),
            "article_comments" => self.article_comments.clone(),
            "labels" => self.labels.clone(),
            "article_labels" => self
                .articles
                .iter()
                .flat_map(|article| {
                    self.labels_of(article).map(|label| {
                        let mut row = label.clone();
                        row["article_id"] = article["id"].clone();
                        row
                    })
                })
                .collect(),
            "user_segments" => self.user_segments.clone(),
            "permission_groups" => self.permission_groups.clone(),
            "content_tags" => self.content_tags.clone(),
            "help_center_locales" => LOCALES
                .iter()
                .map(|locale| json!({"_item": locale}))
                .collect(),
            "service_catalog_items" => self.service_catalog_items.clone(),
            "themes" => self.themes.clone(),
            "redirect_rules" => self.redirect_rules.clone(),
            "topics" => self.topics.clone(),
            "posts" => self.posts.clone(),
            "post_comments" => self.post_comments.clone(),
            "votes" => self.votes.clone(),
            "article_votes" => of(&self.votes, "item_type", "Article"),
            "post_votes" => of(&self.votes, "item_type", "Post"),
            "article_subscriptions" => of(&self.subscriptions, "content_type", "Article"),
            "section_subscriptions" => of(&self.subscriptions, "content_type", "Section"),
            "post_subscriptions" => of(&self.subscriptions, "content_type", "Post"),
            "topic_subscriptions" => of(&self.subscriptions, "content_type", "Topic"),
            _ => return None,
        })
    }

    /// The labels of an article.
    pub(crate) fn labels_of<'g>(&'g self, article: &'g Value) -> impl Iterator<Item = &'g Value> {
        let names = article["label_names"].as_array();
        self.labels
            .iter()
            .filter(move |label| names.is_some_and(|names| names.contains(&label["name"])))
    }
}

/// The address of a row in the API.
fn url(collection: &str, id: i64) -> String {
    format!("https://acme.zendesk.com/api/v2/{collection}/{id}.json")
}

/// The address of a page for readers.
fn page(collection: &str, id: i64) -> String {
    format!("https://acme.zendesk.com/hc/en-us/{collection}/{id}")
}

fn time(moment: i64) -> Value {
    Value::from(iso_text(moment))
}
