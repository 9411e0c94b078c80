use prospect_delete_specs::Document;

/// Whose API a request speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Provider {
    Extrovert,
    Nlpearl,
    Woodpecker,
    Unleashx,
}

impl Provider {
    pub(crate) const ALL: [Self; 4] = [
        Self::Extrovert,
        Self::Nlpearl,
        Self::Woodpecker,
        Self::Unleashx,
    ];

    pub(crate) fn document(self) -> Document {
        match self {
            Self::Extrovert => prospect_delete_specs::EXTROVERT,
            Self::Nlpearl => prospect_delete_specs::NLPEARL,
            Self::Woodpecker => prospect_delete_specs::WOODPECKER,
            Self::Unleashx => prospect_delete_specs::UNLEASHX,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        self.document().provider
    }

    /// The provider of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }
}

/// One of the five calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    DeleteSelected,
    RemoveProspect,
    DeleteLeads,
    DeleteCompanyProspects,
    DeleteAudience,
}

impl Operation {
    pub(crate) const ALL: [Self; 5] = [
        Self::DeleteSelected,
        Self::RemoveProspect,
        Self::DeleteLeads,
        Self::DeleteCompanyProspects,
        Self::DeleteAudience,
    ];

    pub(crate) fn provider(self) -> Provider {
        match self {
            Self::DeleteSelected | Self::RemoveProspect => Provider::Extrovert,
            Self::DeleteLeads => Provider::Nlpearl,
            Self::DeleteCompanyProspects => Provider::Woodpecker,
            Self::DeleteAudience => Provider::Unleashx,
        }
    }

    /// The name that the project uses, with the provider before the dot.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::DeleteSelected => "extrovert.delete_selected",
            Self::RemoveProspect => "extrovert.remove_prospect",
            Self::DeleteLeads => "nlpearl.delete_leads",
            Self::DeleteCompanyProspects => "woodpecker.delete_company_prospects",
            Self::DeleteAudience => "unleashx.delete_audience",
        }
    }

    /// The `operationId` under which the spec has it.
    pub(crate) fn spec_id(self) -> &'static str {
        match self {
            Self::DeleteSelected => "delete_selected_prospects",
            Self::RemoveProspect => "remove_prospect_from_campaign",
            Self::DeleteLeads => "delete_leads",
            Self::DeleteCompanyProspects => "delete_company_prospects",
            Self::DeleteAudience => "delete_audience",
        }
    }

    /// Whether `name` means this operation, with or without the provider.
    pub(crate) fn is_called(self, name: &str) -> bool {
        let full = self.name();
        name == full || full.split_once('.').is_some_and(|(_, bare)| bare == name)
    }
}
