//! The description of the variables that a daemon gives.

use std::fmt;

use estats_spec::sets::VarSet;

use crate::{
    attribute::EstatsAttr,
    message::EstatsMessage,
    mib::{MibAttr, VariableAttr},
};

use super::Error;

/// Which variables a daemon serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mib {
    /// Number of tables, as announced.
    pub num_tables: u32,
    /// Number of variables in all tables, as announced.
    pub num_vars: u32,
    /// The variables of every table, PERF first, in order of their index.
    pub tables: Vec<Vec<MibVariable>>,
}

/// One variable of a daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MibVariable {
    /// Its name.
    pub name: String,
    /// Its type, as the kernel module numbered them; see [`estats_spec::KernelType`].
    pub kernel_type: u32,
}

impl Mib {
    /// How the printed form starts. The C library printed it as soon as anything came back, even a refusal.
    pub const TITLE: &'static str = "TCP Extended Statistics (RFC 4898) ";

    /// The variables of a set.
    ///
    /// # Panics
    ///
    /// Never: no set has 2^32 variables.
    #[must_use]
    pub fn of(set: &VarSet) -> Self {
        let count = |number: usize| u32::try_from(number).expect("a set has some hundred variables");
        let tables = set.tables.map(|variables| {
            let described = variables.iter().map(|variable| MibVariable {
                name: variable.name.to_owned(),
                kernel_type: variable.id.info().kernel as u32,
            });
            described.collect()
        });
        Self {
            num_tables: count(tables.len()),
            num_vars: count(set.len()),
            tables: tables.into(),
        }
    }

    pub(crate) fn decode(message: &EstatsMessage) -> Result<Self, Error> {
        let (mut num_tables, mut num_vars, mut tables) = (None, None, Vec::new());
        for attribute in &message.attributes {
            match attribute {
                EstatsAttr::NumTables(value) => num_tables = Some(*value),
                EstatsAttr::NumVars(value) => num_vars = Some(*value),
                EstatsAttr::Vars { variables, .. } => {
                    tables.push(variables.iter().filter_map(MibVariable::decode).collect());
                }
                _ => {}
            }
        }
        let (Some(num_tables), Some(num_vars)) = (num_tables, num_vars) else {
            return Err(Error::Malformed("it does not count its variables".to_owned()));
        };
        Ok(Self {
            num_tables,
            num_vars,
            tables,
        })
    }
}

/// The printed form behind [`Mib::TITLE`].
impl fmt::Display for Mib {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            num_tables, num_vars, ..
        } = self;
        writeln!(
            formatter,
            "contains {num_tables} table(s) comprised of {num_vars} variables."
        )?;
        for (title, variables) in TITLES.iter().zip(&self.tables) {
            writeln!(formatter, "{title} Table:")?;
            for MibVariable { name, kernel_type } in variables {
                writeln!(formatter, "\t{name}\t({kernel_type})")?;
            }
        }
        Ok(())
    }
}

/// The tables' names in the printed form.
const TITLES: [&str; 6] = ["Performance", "Path", "Stack", "Application", "Tune", "Extras"];

impl MibVariable {
    fn decode(entry: &MibAttr) -> Option<Self> {
        let MibAttr::Variable(members) = entry else {
            return None;
        };
        let (mut name, mut kernel_type) = (None, None);
        for member in members {
            match member {
                VariableAttr::Name(value) => name = Some(value.clone()),
                VariableAttr::Type(value) => kernel_type = Some(*value),
                VariableAttr::Other(_) => {}
            }
        }
        Some(Self {
            name: name?,
            kernel_type: kernel_type?,
        })
    }
}
