use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::Hash;
use std::sync::Arc;

use uuid::Uuid;

use super::state::{Campaign, ExtrovertState, Post, PostStatus, Prospect, ProspectList, User};

/// A team's records, found by person, campaign and list without looking through all of them.
#[derive(Default)]
pub(crate) struct Records {
    users: BTreeMap<Uuid, User>,
    campaigns: BTreeMap<Uuid, Campaign>,
    lists: BTreeMap<Uuid, ProspectList>,
    prospects: BTreeMap<Uuid, Record>,
    posts: BTreeMap<Uuid, Post>,
    by_owner: Groups<Uuid, Arc<str>>,
    by_campaign: Groups<Uuid, Arc<str>>,
    by_list: HashMap<Uuid, HashSet<Uuid>>,
    posts_of: HashMap<Uuid, Vec<Uuid>>,
}

/// Prospect ids by owner and profile id, or by campaign and profile address.
type Groups<Outer, Inner> = HashMap<Outer, HashMap<Inner, Vec<Uuid>>>;

/// A [`Prospect`] that shares its texts with the indexes.
struct Record {
    user_id: Uuid,
    campaign_id: Option<Uuid>,
    list_id: Option<Uuid>,
    profile_id: Arc<str>,
    profile_url: Arc<str>,
}

impl Records {
    pub(crate) fn add(&mut self, seed: &ExtrovertState) {
        let users = seed.users.iter().cloned();
        self.users.extend(users.map(|user| (user.id, user)));
        let campaigns = seed.campaigns.iter().cloned();
        self.campaigns
            .extend(campaigns.map(|campaign| (campaign.id, campaign)));
        let lists = seed.lists.iter().cloned();
        self.lists.extend(lists.map(|list| (list.id, list)));
        for prospect in &seed.prospects {
            self.add_prospect(prospect);
        }
        for post in &seed.posts {
            self.add_post(post);
        }
    }

    fn add_prospect(&mut self, prospect: &Prospect) {
        self.remove(prospect.id);
        let record = Record {
            user_id: prospect.user_id,
            campaign_id: prospect.campaign_id,
            list_id: prospect.list_id,
            profile_id: prospect.profile_id.as_str().into(),
            profile_url: prospect.profile_url.as_str().into(),
        };
        let of_owner = self.by_owner.entry(record.user_id).or_default();
        join(of_owner, &record.profile_id, prospect.id);
        if let Some(campaign_id) = record.campaign_id {
            let of_campaign = self.by_campaign.entry(campaign_id).or_default();
            join(of_campaign, &record.profile_url, prospect.id);
        }
        if let Some(list_id) = record.list_id {
            self.by_list.entry(list_id).or_default().insert(prospect.id);
        }
        self.prospects.insert(prospect.id, record);
    }

    fn add_post(&mut self, post: &Post) {
        if let Some(replaced) = self.posts.insert(post.id, post.clone()) {
            leave(&mut self.posts_of, &replaced.prospect_id, post.id);
        }
        let siblings = self.posts_of.entry(post.prospect_id).or_default();
        siblings.push(post.id);
    }

    /// Takes a record out, if it is there; its posts stay.
    pub(crate) fn remove(&mut self, prospect_id: Uuid) -> bool {
        let Some(record) = self.prospects.remove(&prospect_id) else {
            return false;
        };
        leave_group(
            &mut self.by_owner,
            record.user_id,
            &record.profile_id,
            prospect_id,
        );
        if let Some(campaign_id) = record.campaign_id {
            leave_group(
                &mut self.by_campaign,
                campaign_id,
                &record.profile_url,
                prospect_id,
            );
        }
        if let Some(list_id) = record.list_id
            && let Some(members) = self.by_list.get_mut(&list_id)
        {
            members.remove(&prospect_id);
            if members.is_empty() {
                self.by_list.remove(&list_id);
            }
        }
        true
    }

    pub(crate) fn reject_waiting_posts(&mut self, prospect_id: Uuid) {
        for post_id in self.posts_of.get(&prospect_id).into_iter().flatten() {
            if let Some(post) = self.posts.get_mut(post_id)
                && post.status == PostStatus::NeedApproval
            {
                post.status = PostStatus::Rejected;
            }
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.prospects.len()
    }

    pub(crate) fn all(&self) -> Vec<Uuid> {
        self.prospects.keys().copied().collect()
    }

    pub(crate) fn of_person(&self, user_id: Uuid, profile_id: &str) -> Vec<Uuid> {
        members(&self.by_owner, user_id, profile_id)
    }

    pub(crate) fn in_campaign(&self, campaign_id: Uuid, profile_url: &str) -> Vec<Uuid> {
        members(&self.by_campaign, campaign_id, profile_url)
    }

    pub(crate) fn in_list(&self, list_id: Uuid) -> Vec<Uuid> {
        let members = self.by_list.get(&list_id);
        members.into_iter().flatten().copied().collect()
    }

    pub(crate) fn in_campaign_lists(&self) -> Vec<Uuid> {
        let lists = self.lists.values();
        lists
            .filter(|list| list.campaign_id.is_some())
            .flat_map(|list| self.in_list(list.id))
            .collect()
    }

    pub(crate) fn snapshot(&self) -> ExtrovertState {
        ExtrovertState {
            users: self.users.values().cloned().collect(),
            campaigns: self.campaigns.values().cloned().collect(),
            lists: self.lists.values().cloned().collect(),
            prospects: self
                .prospects
                .iter()
                .map(|(id, record)| Prospect {
                    id: *id,
                    user_id: record.user_id,
                    campaign_id: record.campaign_id,
                    list_id: record.list_id,
                    profile_id: record.profile_id.to_string(),
                    profile_url: record.profile_url.to_string(),
                })
                .collect(),
            posts: self.posts.values().cloned().collect(),
        }
    }
}

fn members(groups: &Groups<Uuid, Arc<str>>, outer: Uuid, inner: &str) -> Vec<Uuid> {
    let ids = groups.get(&outer).and_then(|group| group.get(inner));
    ids.cloned().unwrap_or_default()
}

fn join(group: &mut HashMap<Arc<str>, Vec<Uuid>>, key: &Arc<str>, id: Uuid) {
    if let Some(ids) = group.get_mut(key) {
        ids.push(id);
    } else {
        // Nearly every group has one member, and pushing would make room for four.
        group.insert(Arc::clone(key), vec![id]);
    }
}

fn leave<Key: Eq + Hash>(group: &mut HashMap<Key, Vec<Uuid>>, key: &Key, id: Uuid) {
    if let Some(ids) = group.get_mut(key) {
        ids.retain(|member| *member != id);
        if ids.is_empty() {
            group.remove(key);
        }
    }
}

fn leave_group(groups: &mut Groups<Uuid, Arc<str>>, outer: Uuid, inner: &Arc<str>, id: Uuid) {
    if let Some(group) = groups.get_mut(&outer) {
        leave(group, inner, id);
        if group.is_empty() {
            groups.remove(&outer);
        }
    }
}
