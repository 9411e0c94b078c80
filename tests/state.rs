//! The clients against the sandbox: after each operation exactly that is gone which was meant.

use prospect_delete_core::{
    Clients, Config, Credential, ErrorKind, Outcome, PROVIDERS, Request, RetryPolicy,
    extrovert::{self, Person, Scope, Uuid},
    nlpearl, unleashx, woodpecker,
};
use prospect_delete_sandbox::{Effect, Fault, PostStatus, Sandbox, Seed, State};

/// A sandbox with the example data, and clients that hold its keys.
async fn start() -> (Sandbox, Clients) {
    let sandbox = Sandbox::builder()
        .seed(Seed::example())
        .start()
        .await
        .unwrap();
    let clients = clients(&sandbox, std::borrow::ToOwned::to_owned);
    (sandbox, clients)
}

fn clients(sandbox: &Sandbox, key: impl Fn(&str) -> String) -> Clients {
    let retry = RetryPolicy::new().with_max_wait(std::time::Duration::from_millis(5));
    let mut clients = Clients::new();
    for provider in PROVIDERS {
        let accepted = sandbox.credentials().named(provider.name).unwrap();
        let config = Config::new()
            .with_base_url(sandbox.base_url().parse().unwrap())
            .with_retry(retry.clone());
        clients
            .add(provider, &Credential::new(key(accepted)).unwrap(), config)
            .unwrap();
    }
    clients
}

/// The owner and profile of whoever the example has in most campaigns.
fn john(state: &State) -> (Uuid, String, String) {
    let john = state
        .extrovert
        .prospects
        .iter()
        .find(|prospect| prospect.profile_url.ends_with("/john-doe"));
    let john = john.expect("the example has John Doe");
    (
        john.user_id,
        john.profile_id.clone(),
        john.profile_url.clone(),
    )
}

/// Takes records out of a copy of the state, and rejects their waiting posts where `reject` says so.
fn without(
    state: &State,
    gone: impl Fn(&prospect_delete_sandbox::Prospect) -> bool,
    reject: bool,
) -> State {
    let mut state = state.clone();
    let (gone, kept) = state.extrovert.prospects.drain(..).partition(gone);
    let gone: Vec<prospect_delete_sandbox::Prospect> = gone;
    state.extrovert.prospects = kept;
    for post in &mut state.extrovert.posts {
        let affected = gone.iter().any(|prospect| prospect.id == post.prospect_id);
        if reject && affected && post.status == PostStatus::NeedApproval {
            post.status = PostStatus::Rejected;
        }
    }
    assert!(!gone.is_empty(), "the example has somebody to delete");
    state
}

#[tokio::test]
async fn people_leave_all_campaigns_of_one_owner_and_no_other() {
    for reject in [false, true] {
        let (sandbox, clients) = start().await;
        let before = sandbox.state();
        let (owner, profile, _) = john(&before);
        let person = Person::new(owner, &profile).unwrap();
        let request = extrovert::DeleteSelected::people([person])
            .unwrap()
            .with_reject_posts(reject);
        let receipt = clients.execute(&request).await.unwrap();
        assert_eq!(receipt.outcome, Outcome::Deleted);
        let meant = without(
            &before,
            |prospect| prospect.user_id == owner && prospect.profile_id == profile,
            reject,
        );
        assert_eq!(sandbox.state(), meant);
        let others = meant
            .extrovert
            .prospects
            .iter()
            .filter(|prospect| prospect.profile_id == profile);
        assert!(others.count() > 0, "another owner keeps the same person");
    }
}

#[tokio::test]
async fn a_scope_is_deleted_whole_and_nothing_beside_it() {
    let (sandbox, clients) = start().await;
    let before = sandbox.state();
    let list = before
        .extrovert
        .prospects
        .iter()
        .find_map(|prospect| prospect.list_id)
        .expect("somebody in a list");
    let request = extrovert::DeleteSelected::scope(Scope::List(list));
    clients.execute(&request).await.unwrap();
    let meant = without(&before, |prospect| prospect.list_id == Some(list), false);
    assert_eq!(sandbox.state(), meant);

    clients
        .execute(&extrovert::DeleteSelected::scope(Scope::All))
        .await
        .unwrap();
    assert_eq!(sandbox.state(), without(&meant, |_| true, false));
}

#[tokio::test]
async fn a_legacy_removal_leaves_the_person_in_other_campaigns() {
    let (sandbox, clients) = start().await;
    let before = sandbox.state();
    let (_, profile, url) = john(&before);
    let records = before
        .extrovert
        .prospects
        .iter()
        .filter(|prospect| prospect.profile_id == profile);
    let campaign = records
        .clone()
        .find_map(|prospect| prospect.campaign_id)
        .expect("John is in a campaign");
    let request = extrovert::RemoveProspect::new(&url, campaign)
        .unwrap()
        .with_reject_posts(true);
    clients.execute(&request).await.unwrap();
    let gone = |prospect: &prospect_delete_sandbox::Prospect| {
        prospect.profile_url == url && prospect.campaign_id == Some(campaign)
    };
    let meant = without(&before, gone, true);
    assert_eq!(sandbox.state(), meant);
    assert!(
        meant
            .extrovert
            .prospects
            .iter()
            .any(|prospect| prospect.profile_url == url)
    );
}

#[tokio::test]
async fn leads_leave_one_pearl() {
    let (sandbox, clients) = start().await;
    let mut meant = sandbox.state();
    let (pearl_id, pearl) = meant.nlpearl.pearls.iter_mut().next().unwrap();
    let gone = [
        pearl.leads.pop_first().unwrap(),
        pearl.leads.pop_last().unwrap(),
    ];
    let request = nlpearl::DeleteLeads::new(pearl_id, gone).unwrap();
    clients.execute(&request).await.unwrap();
    assert_eq!(sandbox.state(), meant);
}

#[tokio::test]
async fn a_company_loses_everybody_and_the_receipt_counts_them() {
    let (sandbox, clients) = start().await;
    let mut meant = sandbox.state();
    let company = meant.woodpecker.companies.get_mut(&123).unwrap();
    let count = u64::try_from(company.prospects.len()).unwrap();
    company.prospects.clear();
    let request = woodpecker::DeleteCompanyProspects::all(123).unwrap();
    let receipt = clients.execute(&request).await.unwrap();
    assert_eq!(
        (receipt.outcome, receipt.count),
        (Outcome::Accepted, Some(count))
    );
    let after = sandbox.state();
    let jobs = &after.woodpecker.deletion_requests;
    assert_eq!(jobs.len(), 1);
    assert_eq!(receipt.request_id, Some(jobs[0].id.to_string()));
    meant.woodpecker.deletion_requests.clone_from(jobs);
    assert_eq!(after, meant);
}

#[tokio::test]
async fn audience_leaves_one_campaign_and_a_whole_one_only_as_a_draft() {
    let (sandbox, clients) = start().await;
    let send = async |request: Result<unleashx::DeleteAudience, _>| {
        clients.execute(&request.unwrap()).await
    };
    let mut meant = sandbox.state();
    let refused = send(unleashx::DeleteAudience::all(43)).await.unwrap_err();
    assert_eq!(
        (refused.outcome(), refused.attempts()),
        (Outcome::Rejected, 1)
    );
    assert_eq!(sandbox.state(), meant);

    send(unleashx::DeleteAudience::records(43, [101]))
        .await
        .unwrap();
    meant
        .unleashx
        .campaigns
        .get_mut(&43)
        .unwrap()
        .audience
        .remove(&101);
    assert_eq!(
        sandbox.state(),
        meant,
        "campaign 42 has a record of the same id, and keeps it"
    );

    send(unleashx::DeleteAudience::all(42)).await.unwrap();
    meant
        .unleashx
        .campaigns
        .get_mut(&42)
        .unwrap()
        .audience
        .clear();
    assert_eq!(sandbox.state(), meant);
}

/// A deletion that names ids, and one that names a scope.
fn ids_and_scope() -> [Box<dyn Request>; 2] {
    [
        Box::new(unleashx::DeleteAudience::records(42, [101]).unwrap()),
        Box::new(unleashx::DeleteAudience::all(42).unwrap()),
    ]
}

#[tokio::test]
async fn a_deletion_that_took_effect_before_the_connection_broke_is_never_called_rejected() {
    for request in ids_and_scope() {
        let (sandbox, clients) = start().await;
        let before = sandbox.state();
        let reset = Fault::new(Effect::Reset { takes_effect: true }).times(1);
        sandbox.set_faults(vec![reset]).unwrap();
        let outcome = clients
            .execute(&*request)
            .await
            .map_or_else(|error| error.outcome(), |receipt| receipt.outcome);
        assert_ne!(sandbox.state(), before, "it did take effect");
        if request.operation().is_scope() {
            assert_eq!(
                (outcome, sandbox.requests().len()),
                (Outcome::Unknown, 1),
                "never sent twice"
            );
        } else {
            assert_eq!((outcome, sandbox.requests().len()), (Outcome::Deleted, 2));
        }
    }
}

#[tokio::test]
async fn a_wrong_key_deletes_nothing() {
    let (sandbox, _) = start().await;
    let clients = clients(&sandbox, |key| format!("{key}-no-more"));
    let before = sandbox.state();
    for sample in prospect_delete_tests::samples() {
        let error = clients.execute(&*sample.request).await.unwrap_err();
        assert_eq!(
            (error.outcome(), error.kind()),
            (Outcome::Rejected, ErrorKind::Authentication),
            "{error}"
        );
        assert_eq!(error.attempts(), 1, "{error}");
    }
    assert_eq!(sandbox.state(), before);
}
